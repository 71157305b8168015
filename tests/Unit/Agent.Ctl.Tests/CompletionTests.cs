using System.Diagnostics;
using Agent.Ipc;

namespace Agent.Ctl.Tests;

/// <summary>The completion scripts in the shells that they are for, with an agent behind its socket.</summary>
public sealed class CompletionTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("completion-");
    private IpcServer _agent = null!;

    private string Socket => Path.Combine(_directory.FullName, "agent.sock");

    public Task InitializeAsync()
    {
        _agent = IpcServer.Start(Socket, (request, _) => Task.FromResult<IpcReply>(request switch
        {
            IpcRequest.ActorTree => new IpcReply.Actors(
            [
                new ActorRow("/user/node", "NodeActor", "idle", 0, 0, 2), new ActorRow("/user/node/bgp", "PeerSetActor", "idle", 0, 0, 0),
                new ActorRow("/user/node/rib", "RibActor", "idle", 0, 0, 0),
            ]),
            IpcRequest.BgpPeersRequest => new IpcReply.BgpPeers("node1", 0, 0,
            [
                new BgpPeer("Mesh_10_0_0_2", "10.0.0.2", 179, BgpPeerType.NodeToNodeMesh, 64512, 64512, "10.0.0.1", "Active", DateTimeOffset.UnixEpoch),
            ]),
            IpcRequest.ListRegions => new IpcReply.ShardRegions([new ShardRegion("block-affinity", [], 0)]),
            _ => new IpcReply.Error("not asked here"),
        }), _ => { });
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _agent.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Theory]
    [InlineData("agentctl cluster-sh", "cluster-sharding")]
    [InlineData("agentctl actor ", "children describe hierarchy")]
    [InlineData("agentctl actor describe /user/node/b", "/user/node/bgp")]
    [InlineData("agentctl cluster-sharding region-stats ", "block-affinity")]
    [InlineData("agentctl get nodes --outp", "--output")]
    [InlineData("agentctl bgp neighbor ", "10.0.0.2 Mesh_10_0_0_2")]
    [InlineData("agentctl bgp clear M", "Mesh_10_0_0_2")]
    [InlineData("agentctl bgp clear Mesh_10_0_0_2 ", "soft")]
    [InlineData("agentctl bgp refresh all ", "in out")]
    public async Task In_bash_verbs_flags_and_the_agents_words_complete(string line, string words) => Assert.Equal(
        words,
        await RunAsync("bash", line, $$"""
            source <(agentctl completion bash)
            COMP_LINE={{Quoted(line)}}; COMP_POINT=${#COMP_LINE}
            read -ra COMP_WORDS <<<"$COMP_LINE"; [[ $COMP_LINE == *" " ]] && COMP_WORDS+=("")
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _agentctl
            printf '%s\n' "${COMPREPLY[@]}"
            """));

    [Theory]
    [InlineData("agentctl cluster-sh", "cluster-sharding")]
    [InlineData("agentctl actor describe /user/node/b", "/user/node/bgp")]
    public async Task In_zsh_too(string line, string words) => Assert.Equal(
        words,
        await RunAsync("zsh", line, $$"""
            compdef() { :; }
            source <(agentctl completion zsh)
            compadd() { shift; print -l -- "$@"; }
            line={{Quoted(line)}}
            words=(${(s: :)line}); CURRENT=${#words}
            _agentctl
            """));

    /// <summary>The words that the script prints, with this agentctl.</summary>
    private async Task<string> RunAsync(string shell, string line, string script)
    {
        var agentctl = $"agentctl() {{ dotnet {Path.Combine(AppContext.BaseDirectory, "agentctl.dll")} \"$@\"; }}\n";
        var start = new ProcessStartInfo(shell, ["-c", agentctl + script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["AGENT_SOCKET"] = Socket;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(Patience);
        Assert.Equal("", await errors);
        Assert.True(process.ExitCode == 0, $"'{line}' in {shell}: {await output}");
        return string.Join(' ', (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static string Quoted(string text) => $"'{text}'";
}
