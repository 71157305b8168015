using System.Text.Json;

namespace Agent.Cni;

/// <summary>A failure as CNI tells it: printed on stdout as JSON, with exit code 1.</summary>
/// <param name="code">One of the constants here, or what the agent gave.</param>
/// <param name="message">What went wrong, in one line.</param>
/// <param name="details">What else helps.</param>
internal sealed class CniError(int code, string message, string details = "") : Exception(message)
{
    /// <summary>The version in the configuration is none that the plugin speaks, or does not have the verb.</summary>
    internal const int IncompatibleVersion = 1;

    /// <summary>A CNI_* variable is missing or malformed.</summary>
    internal const int InvalidEnvironment = 4;

    /// <summary>Stdin is not JSON.</summary>
    internal const int UndecodableConfig = 6;

    /// <summary>The configuration is JSON but not a valid network configuration.</summary>
    internal const int InvalidConfig = 7;

    /// <summary>The runtime should try again later.</summary>
    internal const int TryAgainLater = 11;

    /// <summary>STATUS: the plugin cannot serve an ADD now.</summary>
    internal const int NotAvailable = 50;

    /// <summary>Everything else.</summary>
    internal const int Generic = 999;

    /// <summary>The CNI error code.</summary>
    internal int Code { get; } = code;

    /// <summary>What else helps; may be empty.</summary>
    internal string Details { get; } = details;

    /// <summary>Prints <c>{cniVersion, code, msg, details}</c>.</summary>
    internal void Write(Stream output, string cniVersion)
    {
        using var json = new Utf8JsonWriter(output, CniResult.Readable);
        json.WriteStartObject();
        json.WriteString("cniVersion"u8, cniVersion);
        json.WriteNumber("code"u8, Code);
        json.WriteString("msg"u8, Message);
        if (Details.Length > 0) json.WriteString("details"u8, Details);
        json.WriteEndObject();
    }
}
