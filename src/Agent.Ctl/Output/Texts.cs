using System.Globalization;

namespace Agent.Ctl.Output;

/// <summary>How numbers, ages and instants are written, so that they read as Calico's and Kubernetes' own tools write
/// them.</summary>
internal static class Texts
{
    private static readonly TimeSpan TimeOfDayOnly = TimeSpan.FromHours(20);

    /// <summary>At most 5 significant digits (C's <c>%.5g</c>): <c>65536</c>, <c>1.2089e+24</c>.</summary>
    internal static string FiveDigits(double number) => number.ToString("g5", CultureInfo.InvariantCulture);

    /// <summary>A number with its share of a total in whole percent, halves to even: <c>5 (62%)</c>.</summary>
    internal static string WithShare(double number, double total)
    {
        var percent = total == 0 ? 0 : Math.Round(100 * number / total, MidpointRounding.ToEven);
        return string.Create(CultureInfo.InvariantCulture, $"{FiveDigits(number)} ({percent:0}%)");
    }

    /// <summary>Since when, as BIRD writes it: the time of day for the last 20 hours, else the date; both in the local
    /// time zone.</summary>
    internal static string Since(DateTimeOffset instant, TimeProvider clock)
    {
        var local = TimeZoneInfo.ConvertTime(instant, clock.LocalTimeZone);
        var format = clock.GetUtcNow() - instant < TimeOfDayOnly ? "HH:mm:ss" : "yyyy-MM-dd";
        return local.ToString(format, CultureInfo.InvariantCulture);
    }

    /// <summary>How old, as <c>kubectl</c> writes it: <c>45s</c>, <c>166m</c>, <c>13h</c>, <c>5d</c>; unknown ages are
    /// <c>&lt;unknown&gt;</c>.</summary>
    internal static string Age(DateTimeOffset? created, TimeProvider clock)
    {
        if (created is not { } instant) return "<unknown>";
        var age = clock.GetUtcNow() - instant;
        if (age < TimeSpan.FromSeconds(-1)) return "<invalid>";
        if (age < TimeSpan.Zero) return "0s";

        var (seconds, minutes, hours, days) =
            ((long)age.TotalSeconds, (long)age.TotalMinutes, (long)age.TotalHours, (long)age.TotalDays);
        return (seconds, minutes, hours, days) switch
        {
            ( < 120, _, _, _) => $"{seconds}s",
            (_, < 10, _, _) => Two(minutes, "m", seconds % 60, "s"),
            (_, < 180, _, _) => $"{minutes}m",
            (_, _, < 8, _) => Two(hours, "h", minutes % 60, "m"),
            (_, _, < 48, _) => $"{hours}h",
            (_, _, _, < 8) => Two(days, "d", hours % 24, "h"),
            (_, _, _, < 730) => $"{days}d",
            (_, _, _, < 2920) => Two(days / 365, "y", days % 365, "d"),
            _ => $"{days / 365}y",
        };
    }

    private static string Two(long large, string largeUnit, long small, string smallUnit) =>
        small == 0 ? $"{large}{largeUnit}" : $"{large}{largeUnit}{small}{smallUnit}";
}
