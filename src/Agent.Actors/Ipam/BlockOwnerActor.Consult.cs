using System.Collections.Immutable;
using System.Globalization;
using Agent.Actors.Cluster;
using Agent.Ipam;
using Agent.Primitives;

namespace Agent.Actors.Ipam;

/// <summary>Which block to claim is asked of the pool's shard. Where it does not answer, this node chooses by itself
/// and claims by the same compare-and-swap; then it does not ask for a while.</summary>
public sealed partial class BlockOwnerActor
{
    /// <summary>How long a pool's shard may take to answer.</summary>
    public static readonly TimeSpan ConsultPatience = TimeSpan.FromSeconds(2);

    /// <summary>For how long a silent shard is not asked again.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    private const int MostProposals = 5;
    private const string SilenceTimer = "silence";

    private readonly SortedDictionary<string, long> _epochs = new(StringComparer.Ordinal);
    private long _questions;

    private void Consult(Pool pool, ImmutableArray<IpPrefix> except)
    {
        if (except.Length >= MostProposals)
        {
            ClaimAlone(pool);
            return;
        }

        if (except.IsEmpty) _questions++;
        var request = string.Create(CultureInfo.InvariantCulture, $"{_owner.JournalId}-{_questions}");
        _pools!.Ask<object>(new BlockProtocol.Next(pool.Name, _owner.Node, request, except), ConsultPatience).PipeTo(
            Self,
            success: answer => new IpamProtocol.Consulted(pool, except, answer),
            failure: _ => new IpamProtocol.ConsultedInVain(pool));
    }

    private void OnConsulted(IpamProtocol.Consulted consulted)
    {
        var pool = consulted.Pool;
        switch (consulted.Answer)
        {
            case BlockProtocol.Proposed(var block, var epoch):
                TakeProposed(pool, consulted.Except, block, epoch);
                break;
            case BlockProtocol.Unavailable(var reason):
                _log.Info("the shard of pool {0} cannot decide: {1}; this node chooses a block by itself", pool.Name,
                    reason);
                ClaimAlone(pool);
                break;
            default:
                ClaimAlone(pool);
                break;
        }
    }

    private void TakeProposed(Pool pool, ImmutableArray<IpPrefix> except, IpPrefix block, long epoch)
    {
        var refused = except.Add(block);
        if (epoch < _epochs.GetValueOrDefault(pool.Name))
        {
            _log.Warning("the shard of pool {0} answered in epoch {1}, though epoch {2} has begun: not followed",
                pool.Name, epoch, _epochs[pool.Name]);
            Consult(pool, refused);
            return;
        }

        _epochs[pool.Name] = epoch;
        if (_blocks.Find(block) is not null || !pool.Cidr.Contains(block) || block.Length != pool.BlockSize)
        {
            Consult(pool, refused);
            return;
        }

        _claims.TakeProposedAsync(block, epoch).PipeTo(
            Self,
            success: outcome => outcome is null
                ? new IpamProtocol.ProposalLost(pool, refused)
                : new IpamProtocol.ClaimDone(pool, outcome),
            failure: cause => new IpamProtocol.ClaimDone(pool, new ClaimOutcome.Unavailable(cause.Message)));
    }

    private void OnConsultedInVain(Pool pool)
    {
        _log.Info("the shard of pool {0} did not answer within {1} s; this node chooses blocks by itself for {2} s",
            pool.Name, ConsultPatience.TotalSeconds, Silence.TotalSeconds);
        Timers.StartSingleTimer(SilenceTimer, IpamProtocol.SilenceOver.Instance, Silence);
        ClaimAlone(pool);
    }
}
