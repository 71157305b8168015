using System.Diagnostics;
using System.Globalization;

namespace Agent.Simulation.Tests;

/// <summary>A seed is the whole run: the same course in the same process, in another process, and in its trace.</summary>
public sealed class ReplayTests
{
    private const int Seconds = SeedTests.OneStorm;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void The_same_seed_takes_the_same_course_in_another_process(int seed)
    {
        var here = Simulator.Run(new SimulationSettings { Seed = seed, Seconds = Seconds });
        var again = Simulator.Run(new SimulationSettings { Seed = seed, Seconds = Seconds });

        Assert.Equal((here.Trace, here.Deliveries), (again.Trace, again.Deliveries));
        Assert.Contains($"seed {seed} ok trace {here.Trace:x16} {here.Deliveries} messages",
            Run("dotnet", $"{typeof(Simulator).Assembly.Location} --seed {seed} --seconds {Seconds}"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Another_seed_takes_another_course() => Assert.NotEqual(
        Simulator.Run(new SimulationSettings { Seed = 1, Seconds = Seconds }).Trace,
        Simulator.Run(new SimulationSettings { Seed = 2, Seconds = Seconds }).Trace);

    [Fact]
    public void The_trace_has_a_line_for_each_delivery_timer_fault_and_write_and_leaves_the_course_as_it_is()
    {
        using var trace = new StringWriter(CultureInfo.InvariantCulture);
        var settings = new SimulationSettings { Seed = 3, Nodes = 4, Seconds = Seconds };

        var traced = Simulator.Run(settings with { Trace = trace });

        var kinds = trace.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .GroupBy(line => line.Split(' ')[1]).ToDictionary(group => group.Key, group => group.LongCount());
        Assert.Equal(Simulator.Run(settings).Trace, traced.Trace);
        Assert.Equal(traced.Deliveries, kinds["deliver"]);
        Assert.Equal(2 * traced.Plan.Faults.Length, kinds["fault"]);
        Assert.True(kinds["timer"] > 0 && kinds["write"] > 0);
    }

    [Fact]
    public void The_command_that_a_failing_run_prints_fails_in_the_same_way()
    {
        var failing = SeedTests.QuickSeeds
            .Select(seed => Simulator.Run(new SimulationSettings
            {
                Seed = seed,
                Seconds = Seconds,
                Defect = Defect.ClockStopsInPause,
                Parts = Parts.Cluster,
            }))
            .First(result => result.Violation is not null);
        var trace = Path.GetTempFileName();
        try
        {
            var command = failing.Report.Split("replay: ")[1].Replace("FILE", trace, StringComparison.Ordinal);
            var words = command.Split(' ', 2);

            var output = Run(Path.Combine(Root(), words[0]), words[1]);

            Assert.Contains(
                $"seed {failing.Settings.Seed} FAILED trace {failing.Trace:x16} {failing.Deliveries} messages", output,
                StringComparison.Ordinal);
            Assert.Contains(failing.Report, output, StringComparison.Ordinal);
            Assert.Contains(failing.Violation!.ToString(), File.ReadLines(trace).Last(), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(trace);
        }
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Agent.sln")))
            folder = folder.Parent!;
        return folder.FullName;
    }

    private static string Run(string program, string arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
