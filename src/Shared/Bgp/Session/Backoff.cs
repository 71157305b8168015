namespace Agent.Bgp.Session;

/// <summary>Waiting times that double from 1 s to 60 s, each shortened by up to a quarter by chance (RFC 4271
/// §10).</summary>
internal sealed class Backoff(Random random)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);
    private TimeSpan _next = First;

    /// <summary>The time shortened by up to a quarter, so that peers do not act in step.</summary>
    public static TimeSpan Jitter(TimeSpan time, Random random) => time * (1 - random.NextDouble() / 4);

    /// <summary>The next time to wait.</summary>
    public TimeSpan Next()
    {
        var whole = _next;
        _next = whole * 2 < Longest ? whole * 2 : Longest;
        return Jitter(whole, random);
    }

    /// <summary>Begins at 1 s again.</summary>
    public void Reset() => _next = First;
}
