using System.Diagnostics;
using System.Globalization;

namespace Agent.Simulation;

/// <summary>The command line of the simulation: runs seeds, prints a line for each, and what to do about those that
/// fail.</summary>
internal static class CommandLine
{
    private const string Usage = """
        usage: run.sh [--seed S | --first S --seeds N] [--nodes N] [--seconds T] [--parts cluster|agents|all]
                      [--defect NAME] [--without FAULT,...] [--trace FILE] [--shrink] [--plan]
          --seed S       runs this seed
          --seeds N      runs N seeds, from --first (1) on; failing ones are listed at the end
          --nodes N      how many nodes (10)
          --seconds T    how many virtual seconds (120; at least 48)
          --parts P      what runs on each node (all)
          --defect NAME  breaks something on purpose: LeaseMargin, EpochUnchecked, EarlyAcknowledgement,
                         ClockStopsInPause, BlindClaims, NoManifest, LostMember, HiddenEpochs, StaleEpochs,
                         SilentRegisters
          --without L    leaves out faults, by their numbers in the plan
          --trace FILE   writes everything that happens, one line each
          --shrink       leaves out every fault without which a failing seed still fails
          --plan         prints the faults first
        """;

    public static int Run(string[] args)
    {
        var settings = new SimulationSettings();
        var (first, seeds, shrink, plan) = (1, 1, false, false);
        string? trace = null;
        try
        {
            for (var i = 0; i < args.Length; i++)
            {
                switch (args[i])
                {
                    case "--seed": (first, seeds) = (Number(args, ref i), 1); break;
                    case "--first": first = Number(args, ref i); break;
                    case "--seeds": seeds = Number(args, ref i); break;
                    case "--nodes": settings = settings with { Nodes = Number(args, ref i) }; break;
                    case "--seconds": settings = settings with { Seconds = Number(args, ref i) }; break;
                    case "--parts": settings = settings with { Parts = Enum.Parse<Parts>(Text(args, ref i), true) }; break;
                    case "--defect": settings = settings with { Defect = Enum.Parse<Defect>(Text(args, ref i), true) }; break;
                    case "--without":
                        settings = settings with
                        {
                            WithoutFaults = Text(args, ref i).Split(',')
                                .Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToHashSet(),
                        };
                        break;
                    case "--trace": trace = Text(args, ref i); break;
                    case "--shrink": shrink = true; break;
                    case "--plan": plan = true; break;
                    case "--help" or "-h": Console.WriteLine(Usage); return 0;
                    default: throw new FormatException($"unknown option {args[i]}");
                }
            }
        }
        catch (Exception error) when (error is FormatException or ArgumentException or OverflowException)
        {
            Console.Error.WriteLine($"simulation: {error.Message}\n{Usage}");
            return 2;
        }

        using var writer = trace is null ? null : new StreamWriter(trace);
        return Campaign(settings with { Trace = writer }, first, seeds, shrink, plan);
    }

    private static int Campaign(SimulationSettings settings, int first, int seeds, bool shrink, bool plan)
    {
        var failed = new List<int>();
        var times = new CampaignTimes();
        for (var seed = first; seed < first + seeds; seed++)
        {
            var start = Stopwatch.GetTimestamp();
            var result = Simulator.Run(settings with { Seed = seed });
            var took = Stopwatch.GetElapsedTime(start);
            times.Add(seed, took);
            if (plan)
            {
                foreach (var fault in result.Plan.Faults)
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{fault.At.TotalSeconds:0.000} {fault}"));
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"seed {seed} {(result.Violation is null ? "ok" : "FAILED")} trace {result.Trace:x16} {result.Deliveries} messages {took.TotalMilliseconds:0} ms"));
            if (result.Violation is null)
                continue;
            failed.Add(seed);
            Console.WriteLine(result.Report);
            if (shrink)
                Console.WriteLine($"shrunk: {Shrinking.Shrink(result).Report}");
        }

        if (seeds > 1)
        {
            Console.WriteLine($"{times}; {(failed.Count == 0 ? "all ok" : "failed: " + string.Join(' ', failed))}");
        }

        return failed.Count == 0 ? 0 : 1;
    }

    private static string Text(string[] args, ref int i) =>
        ++i < args.Length ? args[i] : throw new FormatException($"{args[i - 1]} needs a value");

    private static int Number(string[] args, ref int i) =>
        int.Parse(Text(args, ref i), CultureInfo.InvariantCulture);
}
