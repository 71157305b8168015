using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Agent.Primitives;

namespace Agent.Bench.Storm;

/// <summary>What load is put on which speaker.</summary>
public sealed record LoadOptions
{
    /// <summary>Where the speaker listens.</summary>
    public required IpAddr Speaker { get; init; }

    public int Port { get; init; } = 179;

    public uint SpeakerAs { get; init; } = 65000;

    /// <summary>The AS of all peers; the speaker's own makes them internal.</summary>
    public uint PeerAs { get; init; } = 65000;

    /// <summary>The first peer's address; the others count on from there, first those that send, then those that observe.</summary>
    public required IpAddr From { get; init; }

    public int Senders { get; init; } = 1;

    public int Observers { get; init; }

    /// <summary>How many routes each sender announces.</summary>
    public int Routes { get; init; }

    /// <summary>How many prefixes share an UPDATE, and its attributes.</summary>
    public int Together { get; init; } = 64;

    /// <summary>The next hop of every route; null is the address of who announces it.</summary>
    public IpAddr? NextHop { get; init; }

    public ushort HoldSeconds { get; init; } = 90;

    /// <summary>How long keepalives alone pass at the end, while the speaker's processor time is taken.</summary>
    public int SteadySeconds { get; init; }

    /// <summary>Whether everything is withdrawn again.</summary>
    public bool Withdraw { get; init; }

    /// <summary>The speaker's process; 0 measures none.</summary>
    public int Pid { get; init; }

    /// <summary>How long any stage may take.</summary>
    public int TimeoutSeconds { get; init; } = 60;

    /// <summary>The path of the network namespace whose kernel has to receive the routes; null looks into none.</summary>
    public string? Fib { get; init; }

    public int Peers => Senders + Observers;

    public int AllRoutes => Senders * Routes;

    public bool IsInternal => SpeakerAs == PeerAs;

    public IpAddr AddressOf(int peer) => IpAddr.FromV4(From.V4Value + (uint)peer);

    /// <summary>Reads a command line of <c>--name value</c> pairs and <c>--withdraw</c>; false with a complaint that names the
    /// argument.</summary>
    public static bool TryParse(ReadOnlySpan<string> args, [NotNullWhen(true)] out LoadOptions? options, out string complaint)
    {
        options = null;
        var read = new LoadOptions { Speaker = default, From = default };
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i];
            if (name == "--withdraw")
            {
                read = read with { Withdraw = true };
                continue;
            }

            var value = ++i < args.Length ? args[i] : "";
            if (Take(read, name, value) is not { } taken)
            {
                complaint = $"{name} '{value}' is not understood";
                return false;
            }

            read = taken;
        }

        complaint = read.Speaker.IsDefault || read.From.IsDefault ? "--speaker and --from are needed" : "";
        if (complaint.Length > 0) return false;
        options = read;
        return true;
    }

    private static LoadOptions? Take(LoadOptions read, string name, string value)
    {
        if (name == "--fib") return read with { Fib = value };
        if (name is "--speaker" or "--from" or "--next-hop")
        {
            if (!IpAddr.TryParse(value, out var address) || !address.IsV4) return null;
            return name switch
            {
                "--speaker" => read with { Speaker = address },
                "--from" => read with { From = address },
                _ => read with { NextHop = address },
            };
        }

        if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return null;
        return name switch
        {
            "--port" => read with { Port = number },
            "--speaker-as" => read with { SpeakerAs = (uint)number },
            "--as" => read with { PeerAs = (uint)number },
            "--senders" => read with { Senders = number },
            "--observers" => read with { Observers = number },
            "--routes" => read with { Routes = number },
            "--together" when number > 0 => read with { Together = number },
            "--hold" when number is >= 3 and <= ushort.MaxValue => read with { HoldSeconds = (ushort)number },
            "--steady" => read with { SteadySeconds = number },
            "--pid" => read with { Pid = number },
            "--timeout" => read with { TimeoutSeconds = number },
            _ => null,
        };
    }
}
