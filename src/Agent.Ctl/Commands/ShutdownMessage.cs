using System.CommandLine;
using System.Text;

namespace Agent.Ctl.Commands;

/// <summary>The option by which an operator tells those of the peers why a session ends (RFC 9003).</summary>
internal static class ShutdownMessage
{
    private const int MostBytes = 255;

    internal static Option<string?> Flag() => new("--message", "-m")
    {
        HelpName = "text",
        Description = "Tells the peers' operators why, in at most 255 bytes (RFC 9003).",
    };

    /// <summary>The text; empty for none.</summary>
    /// <exception cref="CommandFailedException">It is too long for a NOTIFICATION.</exception>
    internal static string Read(ParseResult parsed, Option<string?> flag)
    {
        var text = parsed.GetValue(flag) ?? "";
        var bytes = Encoding.UTF8.GetByteCount(text);
        return bytes <= MostBytes
            ? text
            : throw new CommandFailedException(
                $"the message has {bytes} bytes; at most {MostBytes} can be sent (RFC 9003)");
    }
}
