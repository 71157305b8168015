using System.Diagnostics;
using Agent.Datastore.Sqlite;

namespace Agent.Ctl.Tests;

/// <summary>agentctl as users run it: a process, over a real cluster file.</summary>
public sealed class ProcessTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ctl-");

    private string ClusterFile => Path.Combine(_directory.FullName, "cluster.db");

    [Fact]
    public async Task It_applies_and_shows_a_pool()
    {
        await (await SqliteDatastore.OpenAsync(ClusterFile, new SqliteDatastoreOptions { CreateIfMissing = true })).DisposeAsync();
        const string Pool = "apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata:\n  name: blue\nspec:\n  cidr: 10.0.0.0/16\n";

        Assert.Equal(Outcome.Ok("Successfully applied 1 'IPPool' resource(s)\n"), await RunAsync(Pool, "apply", "-f", "-"));
        Assert.Equal(
            Outcome.Ok(Visible.Lines("""
                NAME   CIDR          SELECTOR···
                blue   10.0.0.0/16   all()······

                """)),
            await RunAsync("", "get", "ippools"));
    }

    [Fact]
    public async Task It_does_not_make_a_datastore()
    {
        var outcome = await RunAsync("", "get", "ippools");

        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains(ClusterFile, outcome.Errors, StringComparison.Ordinal);
        Assert.Empty(_directory.EnumerateFiles());
    }

    [Fact]
    public async Task Without_an_agent_node_status_says_so()
    {
        var socket = Path.Combine(_directory.FullName, "agent.sock");

        Assert.Equal(
            Outcome.Failed($"Calico process is not running.\nagent is not running on this node (no socket at {socket})\n"),
            await RunAsync("", "node", "status", "--socket", socket));
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private async Task<Outcome> RunAsync(string input, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "agentctl.dll"), .. args])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["AGENT_DATASTORE"] = ClusterFile;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(Patience);
        return new Outcome(process.ExitCode, await output, await errors);
    }
}
