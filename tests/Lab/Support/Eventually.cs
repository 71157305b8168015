namespace Agent.Lab.Tests.Support;

/// <summary>Waits for what other processes bring about: looks again and again, within a bound that only a failure reaches.</summary>
internal static class Eventually
{
    /// <summary>Longer than anything takes that the labs wait for, on a machine that is busy with other things.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Looks until the value satisfies the condition, and gives it; fails with the last value seen.</summary>
    public static async Task<T> BecomesAsync<T>(string what, Func<Task<T>> look, Func<T, bool> satisfies)
    {
        using var timer = new PeriodicTimer(Interval);
        using var patience = new CancellationTokenSource(Patience);
        var seen = await look();
        while (!satisfies(seen))
        {
            try
            {
                await timer.WaitForNextTickAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"it did not come about that {what}; last seen: {seen}");
            }

            seen = await look();
        }

        return seen;
    }

    /// <summary>The same for what is looked at without waiting.</summary>
    public static Task<T> BecomesAsync<T>(string what, Func<T> look, Func<T, bool> satisfies) =>
        BecomesAsync(what, () => Task.FromResult(look()), satisfies);

    /// <summary>Looks until the text is exactly this.</summary>
    public static Task IsAsync(string expected, Func<Task<string>> look) => BecomesAsync($"the text is: {expected}", look, seen => seen == expected);
}
