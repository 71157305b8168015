namespace Agent.Simulation;

/// <summary>Makes a failing run easier to read: leaves out every fault without which it still fails.</summary>
public static class Shrinking
{
    /// <summary>Runs the failing run again and again, with one fault less each time.</summary>
    /// <returns>The run with the fewest faults that still fails.</returns>
    public static SimulationResult Shrink(SimulationResult failing)
    {
        ArgumentNullException.ThrowIfNull(failing);
        var smallest = failing;
        foreach (var fault in failing.Plan.Faults.Where(fault => fault.At < failing.Violation!.At).Reverse())
        {
            var without = smallest.Settings.WithoutFaults.Append(fault.Number).ToHashSet();
            var attempt = Simulator.Run(smallest.Settings with { WithoutFaults = without, Trace = null });
            if (attempt.Violation is not null)
                smallest = attempt;
        }

        return smallest;
    }
}
