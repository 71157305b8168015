using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace Agent.Bgp.Wire;

/// <summary>Text that a peer sent for people to read (RFC 9003, host names): UTF-8, and nothing in it that would steer
/// a terminal or break a line of a log.</summary>
internal static class PlainText
{
    /// <summary>The text, with control characters replaced by spaces; false when the bytes are no UTF-8.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (!Utf8.IsValid(bytes)) return false;
        text = string.Create(Encoding.UTF8.GetCharCount(bytes), bytes, static (characters, source) =>
        {
            Encoding.UTF8.GetChars(source, characters);
            foreach (ref var each in characters)
                if (IsHarmful(each)) each = ' ';
        });
        return true;
    }

    // Beside the controls the marks that reorder or hide text (Unicode TR 36).
    private static bool IsHarmful(char each) =>
        char.IsControl(each) || each is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e')
            or (>= '\u2066' and <= '\u2069') or '\u200e' or '\u200f' or '\ufeff';
}
