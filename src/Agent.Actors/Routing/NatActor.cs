using Agent.Actors.Introspection;

namespace Agent.Actors.Routing;

/// <summary>Carries out an nftables ruleset as one transaction. A port: the agent runs <c>nft -f -</c>, a simulation
/// keeps the text.</summary>
public interface INftables
{
    /// <summary>Applies the ruleset, all of it or nothing.</summary>
    /// <exception cref="IOException">nft is missing or refused; the message holds what it said.</exception>
    Task ApplyAsync(string ruleset);
}

/// <summary>What the NAT actor hears and says.</summary>
public static class NatProtocol
{
    /// <summary>From the planner: the whole ruleset.</summary>
    public sealed record SetRuleset(string Text);

    /// <summary>The answer to <c>Describe</c>.</summary>
    public sealed record Description(string? Applied, string? Wanted, string? Error);

    internal sealed record Applied(string Text);

    internal sealed record Failed(Exception Cause);

    internal sealed record Again
    {
        public static Again Instance { get; } = new();
    }
}

/// <summary>Keeps the masquerading of pools with <c>natOutgoing</c> in force: the plan is pure, this applies its text
/// when it changes.</summary>
public sealed class NatActor(INftables nftables) : UntypedActor, IWithTimers
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly ILoggingAdapter _log = Context.GetLogger();
    private string? _wanted;
    private string? _applied;
    private string? _error;
    private bool _applying;

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Props of an actor that uses this nft.</summary>
    public static Props For(INftables nftables) => Props.Create(() => new NatActor(nftables));

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case NatProtocol.SetRuleset set:
                _wanted = set.Text;
                Apply();
                break;
            case NatProtocol.Applied done:
                (_applying, _applied, _error) = (false, done.Text, null);
                Apply();
                break;
            case NatProtocol.Failed failed:
                (_applying, _error) = (false, failed.Cause.Message);
                _log.Error("masquerading could not be set up: {0}; trying again in {1} s", failed.Cause.Message,
                    Pause.TotalSeconds);
                Timers.StartSingleTimer("again", NatProtocol.Again.Instance, Pause);
                break;
            case NatProtocol.Again: Apply(); break;
            case Describe: Sender.Tell(new NatProtocol.Description(_applied, _wanted, _error), Self); break;
            default: Unhandled(message); break;
        }
    }

    private void Apply()
    {
        if (_applying || _wanted is not { } text || text == _applied) return;
        _applying = true;
        nftables.ApplyAsync(text).PipeTo(
            Self, success: () => new NatProtocol.Applied(text), failure: cause => new NatProtocol.Failed(cause));
    }
}
