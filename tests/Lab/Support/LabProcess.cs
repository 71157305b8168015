using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Agent.Lab.Tests.Support;

/// <summary>What a program that ended said.</summary>
internal sealed record Ended(int ExitCode, string Output, string Errors);

/// <summary>A process of the lab: its lines are kept, its end is certain.</summary>
internal sealed class LabProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly string _command;
    private bool _disposed;

    private LabProcess(ProcessStartInfo start)
    {
        _command = $"{start.FileName} {string.Join(' ', start.ArgumentList)}";
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(_errors, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasEnded => _process.HasExited;

    /// <summary>What was written to standard output until now.</summary>
    public string Output => Kept(_output);

    /// <summary>What was written to standard error until now.</summary>
    public string Errors => Kept(_errors);

    /// <summary>Starts a program; a network namespace, an environment and a text for its standard input are optional.</summary>
    public static LabProcess Start(
        string? netns, IEnumerable<string> command, IEnumerable<KeyValuePair<string, string>>? environment = null, string input = "")
    {
        string[] words = netns is null ? [.. command] : ["nsenter", $"--net=/run/netns/{netns}", "--", .. command];
        var start = new ProcessStartInfo(words[0], words[1..]);
        foreach (var (name, value) in environment ?? []) start.Environment[name] = value;
        var process = new LabProcess(start);
        try
        {
            process._process.StandardInput.Write(input);
            process._process.StandardInput.Close();
        }
        catch (IOException)
        {
            // A program that ends without reading its input says in its own words why.
        }

        return process;
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task<Ended> RunAsync(
        string? netns, IEnumerable<string> command, IEnumerable<KeyValuePair<string, string>>? environment = null, string input = "")
    {
        using var process = Start(netns, command, environment, input);
        return await process.EndAsync();
    }

    /// <summary>Runs a program that must succeed, and gives what it printed.</summary>
    public static async Task<string> ReadAsync(string? netns, params string[] command)
    {
        var ended = await RunAsync(netns, command);
        Assert.True(ended.ExitCode == 0, $"{string.Join(' ', command)}: exit {ended.ExitCode}: {ended.Errors}");
        return ended.Output;
    }

    /// <summary>Waits for the end.</summary>
    public async Task<Ended> EndAsync()
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(Eventually.Patience);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{_command} did not end; it said: {Output}{Errors}");
        }

        return new Ended(_process.ExitCode, Output, Errors);
    }

    /// <summary>Sends a signal by its name and waits for the end.</summary>
    public async Task<Ended> EndAsync(string signal)
    {
        await ReadAsync(null, "kill", $"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture));
        return await EndAsync();
    }

    /// <summary>Kills it, and what it started, if it still runs.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.WaitForExit(Eventually.Patience);
        _process.Dispose();
    }

    private static void Keep(StringBuilder text, string? line)
    {
        if (line is null) return;
        lock (text) text.Append(line).Append('\n');
    }

    private static string Kept(StringBuilder text)
    {
        lock (text) return text.ToString();
    }
}
