using System.Globalization;
using Agent.Bench.Storm;

// The load for a BGP speaker under measurement.
//
//   agent-storm run OPTIONS         puts the load on and prints what came of it, one "name value" a line
//   agent-storm neighbors OPTIONS   prints the peers of that load, "address asn client|peer" a line: observers are clients where
//                                   they are internal
//   agent-storm watch N SECONDS NETNS...   prints "watching", and the time in seconds since 1970 when the kernel of the last of
//                                   these namespaces had N routes by BGP
//   agent-storm cpu PID...          prints the processor time in seconds that these processes have used
//
// The options are those of LoadOptions.
switch (args)
{
    case ["run", .. var rest] when Options(rest) is { } options:
        using (var load = new Load(options)) return Print(options, await load.RunAsync());
    case ["neighbors", .. var rest] when Options(rest) is { } options:
        for (var peer = 0; peer < options.Peers; peer++)
        {
            var role = options.IsInternal && peer >= options.Senders ? "client" : "peer";
            Console.WriteLine($"{options.AddressOf(peer)} {options.PeerAs} {role}");
        }

        return 0;
    case ["watch", var routes, var seconds, .. var spaces] when spaces.Length > 0:
        return await WatchAsync(Number(routes), TimeSpan.FromSeconds(Number(seconds)), spaces);
    case ["cpu", .. var processes] when processes.Length > 0:
        var used = processes.Sum(each => new SpeakerProcess(Number(each)).Processor().TotalSeconds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{used:F3}"));
        return 0;
    default:
        Console.Error.WriteLine("usage: agent-storm run|neighbors OPTIONS | watch N SECONDS NETNS... | cpu PID...");
        return 2;
}

static LoadOptions? Options(string[] args)
{
    if (LoadOptions.TryParse(args, out var options, out var complaint)) return options;
    Console.Error.WriteLine($"agent-storm: {complaint}");
    return null;
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

static int Print(LoadOptions options, LoadResult result)
{
    Line("peers", options.Peers);
    Line("up", result.Up);
    Line("up_s", result.UpSeconds);
    Line("up_cpu_s", result.Cpu.Up);
    Line("connections_failed", result.Failures);
    Line("announce_s", result.AnnounceSeconds);
    Line("announce_cpu_s", result.Cpu.Announce);
    Line("withdraw_s", result.WithdrawSeconds);
    Line("withdraw_cpu_s", result.Cpu.Withdraw);
    Line("steady_percent", result.SteadyCores * 100);
    Line("lost", result.Lost);
    Line("peak_mb", result.PeakMegabytes);
    var isComplete = result.Up == options.Peers && result.Lost == 0
        && !(options.Routes > 0 && double.IsNaN(result.AnnounceSeconds))
        && !(options.Withdraw && double.IsNaN(result.WithdrawSeconds));
    return isComplete ? 0 : 1;
}

static void Line(string name, double value) =>
    Console.WriteLine(double.IsNaN(value) ? $"{name} -" : string.Create(CultureInfo.InvariantCulture, $"{name} {value:0.####}"));

static async Task<int> WatchAsync(int routes, TimeSpan patience, string[] spaces)
{
    var reached = new TaskCompletionSource<DateTime>(TaskCreationOptions.RunContinuationsAsynchronously);
    KernelRoutes[] kernels = [];
    kernels = [.. spaces.Select(space => new KernelRoutes(space, Look))];
    Console.WriteLine("watching");
    try
    {
        var last = await reached.Task.WaitAsync(patience);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(last - DateTime.UnixEpoch).TotalSeconds:F4}"));
        return 0;
    }
    catch (TimeoutException)
    {
        Console.WriteLine("-");
        return 1;
    }
    finally
    {
        foreach (var kernel in kernels) kernel.Dispose();
    }

    void Look()
    {
        if (kernels.Length > 0 && kernels.All(kernel => kernel.Present >= routes)) reached.TrySetResult(DateTime.UtcNow);
    }
}
