using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Agent.Bgp;
using Agent.Primitives;

namespace Agent.Bench.Speaker;

/// <summary>The command line: where to listen, who we are, who our neighbours are.</summary>
internal sealed record SpeakerOptions(IpAddr Address, ImmutableArray<PeerSpec> Peers, bool Install)
{
    /// <summary>Reads the command line and the file that it names; false with a complaint that names the argument or
    /// the line.</summary>
    public static bool TryParse(string[] args, [NotNullWhen(true)] out SpeakerOptions? options, out string complaint)
    {
        options = null;
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var install = args.Contains("--install", StringComparer.Ordinal);
        args = [.. args.Where(arg => arg != "--install")];
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length || args[i] is not ("--address" or "--as" or "--router-id" or "--neighbors"))
                return Refuse($"unknown or incomplete argument {args[i]}", out complaint);
            values[args[i]] = args[i + 1];
        }

        if (!IpAddr.TryParse(values.GetValueOrDefault("--address"), out var address) || !address.IsV4)
            return Refuse("--address must be an IPv4 address", out complaint);
        if (!TryReadAs(values.GetValueOrDefault("--as"), out var localAs))
            return Refuse("--as must be a number from 1 to 4294967295", out complaint);
        if (!IpAddr.TryParse(values.GetValueOrDefault("--router-id"), out var routerId) || !routerId.IsV4 || routerId.V4Value == 0)
            return Refuse("--router-id must be an IPv4 address", out complaint);
        if (values.GetValueOrDefault("--neighbors") is not { } path || !File.Exists(path))
            return Refuse("--neighbors must name a file", out complaint);

        var peers = ImmutableArray.CreateBuilder<PeerSpec>();
        foreach (var line in File.ReadLines(path))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields is not [var neighbour, var asn, "client" or "peer"]
                || !IpAddr.TryParse(neighbour, out var peerAddress) || !TryReadAs(asn, out var peerAs))
                return Refuse($"'{line}' in {path} is not 'address asn client|peer'", out complaint);
            peers.Add(new PeerSpec
            {
                Name = "Global_" + neighbour.Replace('.', '_'),
                Type = PeerType.Global,
                Session = new SessionSettings
                {
                    LocalAs = localAs,
                    RouterId = routerId.V4Value,
                    PeerAs = peerAs,
                    PeerAddress = peerAddress,
                    LocalAddress = address,
                    Passive = true,
                },
                Policy = new PeerPolicy { ClientClusterId = fields[2] == "client" ? routerId.V4Value : null },
            });
        }

        options = new SpeakerOptions(address, peers.ToImmutable(), install);
        complaint = "";
        return true;
    }

    private static bool TryReadAs(string? text, out uint asn) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out asn) && asn > 0;

    private static bool Refuse(string why, out string complaint)
    {
        complaint = why;
        return false;
    }
}
