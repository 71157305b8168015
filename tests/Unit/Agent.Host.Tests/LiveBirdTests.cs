using System.Diagnostics;
using Agent.Host.Bootstrap;

namespace Agent.Host.Tests;

/// <summary>A process called bird: in this network namespace it is refused, in another one it is nobody's business.</summary>
public sealed class LiveBirdTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bird-");
    private readonly List<Process> _started = [];

    public void Dispose()
    {
        foreach (var process in _started)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("bird")]
    [InlineData("bird6")]
    public void A_BIRD_in_this_namespace_is_refused_with_its_process_and_the_remedy(string name)
    {
        var bird = Start(CopyOfSleep(name), "600");

        var refused = Assert.Throws<StartRefusedException>(LiveBird.Refuse);

        Assert.Equal(
            $"BIRD runs in this network namespace (process {bird.Id}) and writes kernel routes with protocol 12, which are this agent's; "
            + "stop it (on a Calico node: remove calico-node) and start the agent again", refused.Message);
    }

    [Fact]
    public async Task A_BIRD_in_another_namespace_is_left_alone()
    {
        var bird = Start("unshare", "-n", CopyOfSleep("bird"), "600");
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await File.ReadAllTextAsync($"/proc/{bird.Id}/comm") != "bird\n") await look.WaitForNextTickAsync(patience.Token);

        LiveBird.Refuse();

        Assert.False(bird.HasExited);
    }

    private string CopyOfSleep(string name)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.Copy("/bin/sleep", path);
        return path;
    }

    private Process Start(string program, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments))!;
        _started.Add(process);
        return process;
    }
}
