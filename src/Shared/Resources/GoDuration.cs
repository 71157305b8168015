using System.Buffers;
using System.Globalization;
using System.Text;

namespace Agent.Resources;

/// <summary>Durations in the text form of Go: <c>10s</c>, <c>2m0s</c>, <c>1h30m</c>, <c>1.5s</c>,
/// <c>250ms</c>.</summary>
public static class GoDuration
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    private static readonly (string Unit, double Ticks)[] Units =
    [
        ("ns", 0.01), ("us", 10), ("\u00b5s", 10), ("ms", TimeSpan.TicksPerMillisecond),
        ("s", TimeSpan.TicksPerSecond), ("m", TimeSpan.TicksPerMinute), ("h", TimeSpan.TicksPerHour),
    ];

    /// <summary>Parses a duration; a number without unit is an error unless it is 0.</summary>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = default;
        if (string.IsNullOrEmpty(text)) return false;
        var negative = text[0] == '-';
        var rest = text.AsSpan(text[0] is '-' or '+' ? 1 : 0);
        if (rest is "0") return true;
        if (rest.IsEmpty) return false;
        var ticks = 0.0;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept(Digits);
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture, out var count)) return false;
            rest = rest[digits..];
            var letters = rest.IndexOfAny(Digits);
            var unit = (letters < 0 ? rest : rest[..letters]).ToString();
            var index = Array.FindIndex(Units, known => known.Unit == unit);
            if (index < 0) return false;
            ticks += count * Units[index].Ticks;
            rest = rest[unit.Length..];
        }

        if (ticks > long.MaxValue / 2) return false;
        duration = TimeSpan.FromTicks((long)Math.Round(negative ? -ticks : ticks));
        return true;
    }

    /// <summary>Writes a duration as Go does: <c>2m0s</c>, <c>1h0m0s</c>, <c>250ms</c>, <c>0s</c>.</summary>
    public static string Format(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero) return "0s";
        var text = new StringBuilder(duration < TimeSpan.Zero ? "-" : "");
        var size = duration.Duration();
        if (size < TimeSpan.FromSeconds(1))
            return text.Append(CultureInfo.InvariantCulture, $"{size.TotalMilliseconds}ms").ToString();
        var hours = (long)size.TotalHours;
        if (hours > 0) text.Append(CultureInfo.InvariantCulture, $"{hours}h");
        if (size.TotalMinutes >= 1) text.Append(CultureInfo.InvariantCulture, $"{size.Minutes}m");
        var seconds = size.Seconds + size.Ticks % TimeSpan.TicksPerSecond / (double)TimeSpan.TicksPerSecond;
        return text.Append(CultureInfo.InvariantCulture, $"{seconds}s").ToString();
    }

    /// <summary>The duration in whole seconds, rounded, as BGP's timers are.</summary>
    public static TimeSpan RoundToSeconds(TimeSpan duration) =>
        TimeSpan.FromSeconds(Math.Round(duration.TotalSeconds, MidpointRounding.AwayFromZero));
}
