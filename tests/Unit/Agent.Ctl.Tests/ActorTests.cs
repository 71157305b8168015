using Agent.Ipc;

namespace Agent.Ctl.Tests;

/// <summary><c>agentctl actor</c>: the tree, the children of one, and what it says of itself.</summary>
public sealed class ActorTests
{
    private static readonly ActorRow Bgp = new("/user/node/bgp", "PeerSetActor", "idle", 0, 0, 2);

    private readonly Terminal _terminal = new()
    {
        Reply = new IpcReply.Actors(
        [
            Bgp,
            new ActorRow("/user/node/bgp/Mesh_10_0_0_2", "PeerActor", "busy", 12, 1, 0),
            new ActorRow("/user/node/bgp/Mesh_10_0_0_3", "PeerActor", "suspended", 0, 0, 0),
        ]),
    };

    [Fact]
    public async Task The_tree_is_indented_below_where_it_begins()
    {
        Assert.Equal(
            Outcome.Ok("""
                ACTOR             STATE       MAILBOX   RESTARTS   TYPE
                /user/node/bgp    idle        0         0          PeerSetActor
                  Mesh_10_0_0_2   busy        12        1          PeerActor
                  Mesh_10_0_0_3   suspended   0         0          PeerActor

                """),
            await _terminal.RunAsync("actor hierarchy bgp"));
        Assert.Equal(new IpcRequest.ActorTree("bgp", 64), _terminal.Asked.Single().Request);
    }

    [Fact]
    public async Task Children_are_listed_with_their_paths()
    {
        Assert.Equal(
            Outcome.Ok("""
                PATH                           STATE       MAILBOX   RESTARTS   TYPE        CHILDREN
                /user/node/bgp/Mesh_10_0_0_2   busy        12        1          PeerActor   0
                /user/node/bgp/Mesh_10_0_0_3   suspended   0         0          PeerActor   0

                """),
            await _terminal.RunAsync("actor children bgp"));
        Assert.Equal(new IpcRequest.ActorTree("bgp", 1), _terminal.Asked.Single().Request);

        var document = await _terminal.RunAsync("actor children bgp -o json");
        Assert.Equal(0, document.ExitCode);
        Assert.Contains("\"path\": \"/user/node/bgp/Mesh_10_0_0_2\"", document.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_actor_without_children_is_said_to_have_none()
    {
        _terminal.Reply = new IpcReply.Actors([Bgp with { Children = 0 }]);

        Assert.Equal(Outcome.Ok("/user/node/bgp has no children.\n"), await _terminal.RunAsync("actor children bgp"));
    }

    [Fact]
    public async Task An_actor_that_is_not_there_is_the_agents_answer()
    {
        _terminal.Reply = new IpcReply.Error("there is no actor nobody: 'agentctl actor hierarchy' shows those that there are");

        Assert.Equal(
            Outcome.Failed("there is no actor nobody: 'agentctl actor hierarchy' shows those that there are\n"),
            await _terminal.RunAsync("actor children nobody"));
    }
}
