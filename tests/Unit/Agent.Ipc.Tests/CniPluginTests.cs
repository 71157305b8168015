using System.Diagnostics;
using System.Text.Json;

namespace Agent.Ipc.Tests;

/// <summary>The plugin as the container runtime runs it: a process with CNI_* variables, JSON in, JSON out.</summary>
public sealed class CniPluginTests : SocketFixture
{
    private static readonly IpcReply.CniAdded DualStack = new(
        [
            new CniInterface("calic440f455693", "ee:ee:ee:ee:ee:ee"),
            new CniInterface("eth0", "2a:71:d7:3e:78:55", 1500, "/run/netns/pod"),
        ],
        [new CniIp("10.48.0.5/32", 1), new CniIp("fd00::5/128", 1)],
        [new CniRoute("10.48.0.5/32"), new CniRoute("fd00::5/128")]);

    private static readonly (string, string)[] Pod =
    [
        ("CNI_CONTAINERID", "c0ffee"), ("CNI_NETNS", "/run/netns/pod"), ("CNI_IFNAME", "eth0"),
        ("CNI_ARGS", "IgnoreUnknown=1;K8S_POD_NAMESPACE=web;K8S_POD_NAME=nginx"),
    ];

    [Theory]
    [InlineData("0.2.0", """
        {"cniVersion":"0.2.0",
         "ip4":{"ip":"10.48.0.5/32","routes":[{"dst":"10.48.0.5/32"}]},
         "ip6":{"ip":"fd00::5/128","routes":[{"dst":"fd00::5/128"}]},
         "dns":{}}
        """)]
    [InlineData("0.3.0", Listed3 + "}")]
    [InlineData("0.3.1", Listed3 + "}")]
    [InlineData("0.4.0", Listed3 + "}")]
    [InlineData("1.0.0", """
        {"cniVersion":"1.0.0",
         "interfaces":[{"name":"calic440f455693","mac":"ee:ee:ee:ee:ee:ee"},
                       {"name":"eth0","mac":"2a:71:d7:3e:78:55","sandbox":"/run/netns/pod"}],
         "ips":[{"interface":1,"address":"10.48.0.5/32"},{"interface":1,"address":"fd00::5/128"}],
         "routes":[{"dst":"10.48.0.5/32"},{"dst":"fd00::5/128"}],
         "dns":{}}
        """)]
    [InlineData("1.1.0", """
        {"cniVersion":"1.1.0",
         "interfaces":[{"name":"calic440f455693","mac":"ee:ee:ee:ee:ee:ee"},
                       {"name":"eth0","mac":"2a:71:d7:3e:78:55","mtu":1500,"sandbox":"/run/netns/pod"}],
         "ips":[{"interface":1,"address":"10.48.0.5/32"},{"interface":1,"address":"fd00::5/128"}],
         "routes":[{"dst":"10.48.0.5/32"},{"dst":"fd00::5/128"}],
         "dns":{}}
        """)]
    public async Task ADD_answers_in_the_shape_of_the_version(string version, string expected)
    {
        IpcRequest? asked = null;
        await using var server = Serve(request =>
        {
            asked = request;
            return DualStack;
        });

        var run = await RunAsync("ADD", Config(version, """ "ipam":{"type":"calico-ipam"} """), Pod);

        Assert.Equal((0, Compact(expected.Replace("VERSION", version, StringComparison.Ordinal)), ""), (run.ExitCode, Compact(run.Output), run.Errors));
        var add = Assert.IsType<IpcRequest.CniAdd>(asked);
        Assert.Equal(("c0ffee", "/run/netns/pod", "eth0"), (add.ContainerId, add.Netns, add.IfName));
        Assert.Equal(
            new Dictionary<string, string> { ["IgnoreUnknown"] = "1", ["K8S_POD_NAMESPACE"] = "web", ["K8S_POD_NAME"] = "nginx" }, add.Args);
        Assert.Equal(Compact(Config(version, """ "ipam":{"type":"calico-ipam"} """)), Compact(add.Config.GetRawText()));
    }

    [Fact]
    public async Task A_configuration_without_a_version_means_the_oldest()
    {
        await using var server = Serve(_ => new IpcReply.CniAdded([], [new CniIp("10.0.0.9/32", Gateway: "169.254.1.1")], []));

        var run = await RunAsync("ADD", $$"""{"name":"net","agent_socket":"{{SocketPath}}"}""", Pod);

        Assert.Equal("""{"cniVersion":"0.2.0","ip4":{"ip":"10.0.0.9/32","gateway":"169.254.1.1"},"dns":{}}""", Compact(run.Output));
    }

    [Fact]
    public async Task DEL_CHECK_and_STATUS_succeed_without_a_word()
    {
        var asked = new List<string>();
        await using var server = Serve(request =>
        {
            asked.Add(request.GetType().Name);
            return new IpcReply.Done();
        });

        Assert.Equal(new Run(0, "", ""), await RunAsync("DEL", Config("0.3.1"), ("CNI_CONTAINERID", "c0ffee"), ("CNI_IFNAME", "eth0")));
        Assert.Equal(new Run(0, "", ""), await RunAsync("CHECK", Config("0.4.0"), Pod));
        Assert.Equal(new Run(0, "", ""), await RunAsync("STATUS", Config("1.1.0")));
        Assert.Equal(["CniDel", "CniCheck", "CniStatus"], asked);
    }

    [Fact]
    public async Task GC_hands_over_what_the_runtime_still_knows()
    {
        IpcRequest? asked = null;
        await using var server = Serve(request =>
        {
            asked = request;
            return new IpcReply.Done();
        });

        var run = await RunAsync(
            "GC", Config("1.1.0", """ "cni.dev/valid-attachments":[{"containerID":"a","ifname":"eth0"},{"containerID":"b","ifname":"net1"}] """));

        Assert.Equal(new Run(0, "", ""), run);
        var gc = Assert.IsType<IpcRequest.CniGc>(asked);
        Assert.Equal("net", gc.Network);
        Assert.Equal([new CniAttachment("a", "eth0"), new CniAttachment("b", "net1")], gc.ValidAttachments);
    }

    [Fact]
    public async Task VERSION_lists_the_versions_and_needs_no_agent()
    {
        var run = await RunAsync("VERSION", """{"cniVersion":"0.4.0"}""");

        Assert.Equal(
            (0, """{"cniVersion":"0.4.0","supportedVersions":["0.2.0","0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]}"""),
            (run.ExitCode, Compact(run.Output)));
    }

    [Theory]
    [InlineData("ADD", 11)]
    [InlineData("DEL", 11)]
    [InlineData("STATUS", 50)]
    public async Task Without_an_agent_every_verb_fails_so_that_the_runtime_tries_again(string command, int code)
    {
        var run = await RunAsync(command, Config("1.1.0"), Pod);

        Assert.Equal(
            (1, $$"""{"cniVersion":"1.1.0","code":{{code}},"msg":"agent is not running on this node (no socket at {{SocketPath}})"}"""),
            (run.ExitCode, Compact(run.Output)));
    }

    [Fact]
    public async Task What_the_agent_refuses_is_told_in_its_words()
    {
        await using var server = Serve(
            request => request is IpcRequest.CniAdd ? new IpcReply.CniFailed(999, "no address is free", "pool blue") : new IpcReply.Error("busy"));

        Assert.Equal(
            """{"cniVersion":"1.0.0","code":999,"msg":"no address is free","details":"pool blue"}""",
            Compact((await RunAsync("ADD", Config("1.0.0"), Pod)).Output));
        Assert.Equal("""{"cniVersion":"1.0.0","code":999,"msg":"busy"}""", Compact((await RunAsync("DEL", Config("1.0.0"), Pod)).Output));
    }

    [Theory]
    [InlineData("ADD", "CNI_CONTAINERID", null, "required env variables [CNI_CONTAINERID] missing", null)]
    [InlineData("CHECK", "CNI_NETNS", "", "required env variables [CNI_NETNS] missing", null)]
    [InlineData("DEL", "CNI_IFNAME", null, "required env variables [CNI_IFNAME] missing", null)]
    [InlineData("", "CNI_ARGS", null, "required env variables [CNI_COMMAND] missing", null)]
    [InlineData("MOVE", "CNI_ARGS", null, "unknown CNI_COMMAND: MOVE", null)]
    [InlineData("ADD", "CNI_CONTAINERID", "../c", "invalid characters in containerID", "CNI_CONTAINERID is ../c")]
    [InlineData("ADD", "CNI_IFNAME", "interface-of-pod", "interface name is too long: interface-of-pod", "at most 15 characters")]
    [InlineData("ADD", "CNI_IFNAME", "a/b", "interface name is invalid: a/b", null)]
    [InlineData("ADD", "CNI_ARGS", "IP", "CNI_ARGS: invalid pair \"IP\"", "expected KEY=value;KEY=value")]
    public async Task A_bad_environment_is_named_with_code_4(string command, string variable, string? value, string msg, string? details)
    {
        (string, string)[] environment = [.. Pod.Where(pair => pair.Item1 != variable), .. value is null ? [] : new[] { (variable, value) }];

        var run = await RunAsync(command, Config("1.0.0"), environment);

        Assert.Equal((1, Error("1.1.0", 4, msg, details)), (run.ExitCode, Compact(run.Output)));
    }

    [Theory]
    [InlineData("ADD", """{"cniVersion":"2.0.0","name":"net"}""", "2.0.0", 1, "unsupported CNI version 2.0.0", "supported: 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0")]
    [InlineData("CHECK", """{"cniVersion":"0.3.1","name":"net"}""", "0.3.1", 1, "config version does not allow CHECK", "CHECK came with CNI 0.4.0, not 0.3.1")]
    [InlineData("GC", """{"cniVersion":"1.0.0","name":"net"}""", "1.0.0", 1, "config version does not allow GC", "GC came with CNI 1.1.0, not 1.0.0")]
    [InlineData("ADD", """{"cniVersion":"1.0.0"}""", "1.0.0", 7, "missing network name", "the configuration has no \"name\"")]
    [InlineData("ADD", """{"cniVersion":"1.0.0","name":"a b"}""", "1.0.0", 7, "invalid characters in network name", "\"a b\" must match ^[a-zA-Z0-9][a-zA-Z0-9_.\\-]*$")]
    [InlineData("ADD", """{"cniVersion":"1.0.0","name":7}""", "1.0.0", 7, "\"name\" of the network configuration is not a string", "7")]
    [InlineData("GC", """{"cniVersion":"1.1.0","name":"net"}""", "1.1.0", 7, "GC needs the list \"cni.dev/valid-attachments\"", "without it everything would be collected")]
    [InlineData("GC", """{"cniVersion":"1.1.0","name":"net","cni.dev/valid-attachments":[{"ifname":"eth0"}]}""", "1.1.0", 7, "an entry of \"cni.dev/valid-attachments\" has no containerID or ifname", """{"ifname":"eth0"}""")]
    [InlineData("ADD", "[]", "1.1.0", 6, "the network configuration on stdin is not a JSON object", null)]
    public async Task A_bad_configuration_is_named(string command, string config, string version, int code, string msg, string? details)
    {
        var run = await RunAsync(command, config, Pod);

        Assert.Equal((1, Error(version, code, msg, details)), (run.ExitCode, Compact(run.Output)));
    }

    [Fact]
    public async Task Text_that_is_no_JSON_cannot_be_decoded()
    {
        var run = await RunAsync("ADD", "{", Pod);

        using var error = JsonDocument.Parse(run.Output);
        Assert.Equal(
            (1, 6, "the network configuration on stdin is not JSON"),
            (run.ExitCode, error.RootElement.GetProperty("code").GetInt32(), error.RootElement.GetProperty("msg").GetString()));
    }

    private const string Listed3 = """
        {"cniVersion":"VERSION",
         "interfaces":[{"name":"calic440f455693","mac":"ee:ee:ee:ee:ee:ee"},
                       {"name":"eth0","mac":"2a:71:d7:3e:78:55","sandbox":"/run/netns/pod"}],
         "ips":[{"version":"4","interface":1,"address":"10.48.0.5/32"},{"version":"6","interface":1,"address":"fd00::5/128"}],
         "routes":[{"dst":"10.48.0.5/32"},{"dst":"fd00::5/128"}],
         "dns":{}
        """;

    private string Config(string version, string more = "") =>
        $$"""{"cniVersion":"{{version}}","name":"net","type":"calico","agent_socket":"{{SocketPath}}"{{(more.Length > 0 ? "," + more : "")}}}""";

    private static string Error(string version, int code, string msg, string? details)
    {
        var text = $$"""{"cniVersion":"{{version}}","code":{{code}},"msg":{{Quoted(msg)}}""";
        return details is null ? text + "}" : $$"""{{text}},"details":{{Quoted(details)}}}""";
    }

    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Quoted(string text) => JsonSerializer.Serialize(text, Plain);

    private static string Compact(string json)
    {
        using var document = JsonDocument.Parse(json);
        return JsonSerializer.Serialize(document.RootElement, Plain);
    }

    private static async Task<Run> RunAsync(string command, string config, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "calico.dll")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("CNI_", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(name);
        if (command.Length > 0) start.Environment["CNI_COMMAND"] = command;
        foreach (var (name, value) in environment) start.Environment[name] = value;

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.StandardInput.WriteAsync(config);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The plugin refused its environment without reading stdin; its exit code and output are what counts.
        }

        await process.WaitForExitAsync().WaitAsync(Patience);
        return new Run(process.ExitCode, await output, await errors);
    }

    private sealed record Run(int ExitCode, string Output, string Errors);
}
