using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Agent.Runtime.Hosting;

namespace Agent.Semantics.Own.Clustering;

/// <summary>What comes from whoever is no agent, or not a right one: one line in the log, and nothing else.</summary>
public sealed class BadInputTests : TcpNodes
{
    private const string Question = """{"id":"","text":"evil","from":"akka.tcp://agent@a:7946/user/x"}""";

    /// <summary>What is said after a good beginning, and what the log says of it.</summary>
    public static TheoryData<string, byte[], string> Frames => new()
    {
        { "unknown manifest", Message("nope", Question), "the manifest 'nope' is unknown to this version" },
        { "no JSON", Message("question", "{"), "a message 'question' does not fit its type" },
        { "JSON of another type", Message("question", """{"id":5}"""), "a message 'question' does not fit its type" },
        { "null", Message("question", "null"), "a message 'question' has the JSON value null" },
        { "null for a text", Message("question", Question.Replace("\"evil\"", "null", StringComparison.Ordinal)), "a message 'question' does not fit its type" },
        { "null for a ref", Message("question", """{"id":"","text":"evil","from":null}"""), "a message 'question' does not fit its type" },
        { "a number for a ref", Message("question", """{"id":"","text":"evil","from":7}"""), "a message 'question' does not fit its type" },
        { "no path for a ref", Message("question", """{"id":"","text":"evil","from":"x"}"""), "a message 'question' does not fit its type" },
        { "members missing", Message("question", "{}"), "a message 'question' does not fit its type" },
        { "questions of nothing", ToWatcher("$there", """{"paths":null}"""), "a message '$there' does not fit its type" },
        { "questions without paths", ToWatcher("$there", "{}"), "a message '$there' does not fit its type" },
        { "questions of null", ToWatcher("$there", """{"paths":["/user/echo",null]}"""), "a message '$there' does not fit its type: a path is null" },
        { "answers of nothing", ToWatcher("$gone", """{"paths":null}"""), "a message '$gone' does not fit its type" },
        { "answers of null", ToWatcher("$gone", """{"paths":[null]}"""), "a message '$gone' does not fit its type: a path is null" },
        { "the end of another node's actors", RawFrames.Message("/system/remote-watcher", "akka.tcp://agent@a:7946/system/remote-watcher", "$gone", """{"paths":["/user/echo"]}"""), "akka.tcp://agent@evil:7946 may not say which actors of [akka.tcp://agent@a:7946/system/remote-watcher] are gone" },
        { "a receiver that is none", RawFrames.Message("echo", "", "question", Question), "the receiver [echo] is no path of an actor" },
        { "a sender that is none", RawFrames.Message("/user/echo", "me", "question", Question), "the sender [me] is no path of an actor" },
        { "a frame that is no message", RawFrames.Frame(Encoding.ASCII.GetBytes("nonsense that is no message")), "a frame ends within a text" },
        { "an oversized frame", [0x7F, 0, 0, 0], "a frame of 2130706432 bytes is longer than the 4194304 allowed" },
        { "a cut frame", RawFrames.Message("/user/echo", "", "question", Question)[..^3], "the stream ends within a frame" },
        { "a cut length", [0, 0], "the stream ends within a frame" },
    };

    /// <summary>What is said in place of a good beginning.</summary>
    public static TheoryData<string, byte[], string> Beginnings => new()
    {
        { "an oversized beginning", [0, 0, 0x20, 0], "a frame of 8192 bytes is longer than the 2048 allowed" },
        { "no addresses", RawFrames.Frame([65]), "it does not begin as an agent of this version does" },
        { "a message at once", Message("question", Question), "it does not begin as an agent of this version does" },
        { "a web browser", Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: b\r\n\r\n"), "a frame of 1195725856 bytes is longer than the 2048 allowed" },
        { "another cluster", RawFrames.Hello("a", "b", "rome"), "akka.tcp://agent@a:7946 is of cluster 'rome', this node is of 'lab'" },
    };

    /// <summary>What is no TLS, at a port that wants it.</summary>
    public static TheoryData<string, byte[]> InTheClear => new()
    {
        { "an agent in the clear", RawFrames.Hello("a", "b") },
        { "a web browser", Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: b\r\n\r\n") },
        { "noise", [.. Enumerable.Range(0, 600).Select(i => (byte)((i * 89) ^ (i >> 3)))] },
    };

    [Theory]
    [MemberData(nameof(Frames))]
    public async Task A_frame_that_is_wrong_closes_its_connection_with_one_line(string what, byte[] frame, string why) =>
        await ClosesWithOneLine(what, null, b => RawFrames.SendAsync(b.Link.Endpoint, [.. RawFrames.Hello("evil", "b"), .. frame], ends: true), why);

    [Theory]
    [MemberData(nameof(Beginnings))]
    public async Task A_beginning_that_is_wrong_closes_its_connection_with_one_line(string what, byte[] bytes, string why) =>
        await ClosesWithOneLine(what, null, b => RawFrames.SendAsync(b.Link.Endpoint, bytes), why);

    [Theory]
    [MemberData(nameof(InTheClear))]
    public async Task What_is_no_TLS_closes_its_connection_with_one_line_that_says_so(string what, byte[] bytes)
    {
        using var authority = Authority("one");
        await ClosesWithOneLine(what, authority, b => RawFrames.SendAsync(b.Link.Endpoint, bytes, ends: true), "no TLS came about: ");
    }

    [Fact]
    public async Task TLS_without_a_certificate_is_closed_with_one_line()
    {
        using var authority = Authority("one");
        await ClosesWithOneLine(
            "no certificate", authority, b => RawFrames.SendAsync(b.Link.Endpoint, RawFrames.Hello("a", "b"), isSecure: true),
            "it presented no certificate: give it one, if it is a node of this cluster");
    }

    [Theory]
    [InlineData("c", "its certificate, of [CN=x], is not that of c: put c's own files in place")]
    [InlineData("no host, -at..all", "its certificate, of [CN=x], is not that of no host, -at..all: put no host, -at..all's own files in place")]
    public async Task A_node_that_says_it_is_another_than_its_certificate_is_closed_with_one_line(string claimed, string why)
    {
        using var authority = Authority("one");
        Certify("x", authority, "x");
        using var certificate = X509Certificate2.CreateFromPemFile(FileOf("x", "cert"), FileOf("x", "key"));
        await ClosesWithOneLine(
            claimed, authority, b => RawFrames.SendAsync(b.Link.Endpoint, RawFrames.Hello(claimed, "b"), certificate: certificate, isSecure: true), why);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_closed_with_one_line()
    {
        using var authority = Authority("one");
        using var other = Authority("other");
        Certify("x", other, "x");
        using var certificate = X509Certificate2.CreateFromPemFile(FileOf("x", "cert"), FileOf("x", "key"));
        await ClosesWithOneLine(
            "another authority", authority,
            b => RawFrames.SendAsync(b.Link.Endpoint, RawFrames.Hello("x", "b"), certificate: certificate, isSecure: true),
            "its certificate [CN=x], issued by [CN=other], does not descend from this cluster's authority [CN=one]: issue it there");
    }

    [Theory, Trait("Category", "Slow")]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task A_connection_that_is_silent_is_closed_with_one_line(bool isSecure, bool afterHello)
    {
        using var authority = Authority("one");
        await ClosesWithOneLine(
            "silence", isSecure ? authority : null, b => RawFrames.SendAsync(b.Link.Endpoint, afterHello ? RawFrames.Hello("a", "b") : []),
            "it was silent for 10 s", s => s with { Heartbeat = TimeSpan.FromSeconds(1) });
    }

    [Fact]
    public async Task Too_many_connections_that_say_nothing_are_closed_with_one_line_and_bar_nobody_who_is_known()
    {
        var b = Start("b", change: s => s with { MaxNewcomersOfOne = 3 });
        var a = Start("a");
        Assert.Equal("before", (await Ask(a, b, "before")).Text);
        var silent = Enumerable.Range(0, 3).Select(_ => new TcpClient()).ToList();
        foreach (var client in silent)
            await client.ConnectAsync(b.Link.Endpoint);

        for (var i = 0; i < 5; i++)
            await RawFrames.SendAsync(b.Link.Endpoint, []);
        Assert.Equal("during", (await Ask(a, b, "during")).Text);
        silent.ForEach(client => client.Dispose());
        await b.StopAsync();

        Assert.Equal(
            "Remoting: 3 connections from 127.0.0.1 have not shown who they are yet; what comes beyond that is closed",
            Assert.Single(b.Log.Lines, line => !line.Contains("no certificates are set up", StringComparison.Ordinal)));
    }

    private static byte[] Message(string manifest, string json) => RawFrames.Message("/user/echo", "", manifest, json);

    private static byte[] ToWatcher(string manifest, string json) =>
        RawFrames.Message("/system/remote-watcher", "akka.tcp://agent@evil:7946/system/remote-watcher", manifest, json);

    /// <summary>One connection misbehaves: the log gets this one line, no actor gets anything, and the link serves others as before.</summary>
    private async Task ClosesWithOneLine(
        string what, X509Certificate2? authority, Func<TcpNode, Task> misbehave, string why, Func<TcpLinkSetup, TcpLinkSetup>? change = null)
    {
        var b = Start("b", authority is null ? null : Certify("b", authority, "b"), change);
        await misbehave(b).WaitAsync(Patience);
        var line = await b.LogOf("the connection from 127.0.0.1:");
        Assert.True(line.Contains($" is closed: {why}", StringComparison.Ordinal), $"{what}: {line}");

        var a = Start("a", authority is null ? null : Certify("a", authority, "a"), change);
        Assert.Equal("after", (await Ask(a, b, "after")).Text);
        await b.StopAsync();

        Assert.Equal([line], b.Log.Lines.Where(said => !said.Contains("no certificates are set up", StringComparison.Ordinal)));
        Assert.Equal(["after"], b.Received);
        Assert.Empty(b.Lost);
    }
}
