using Agent.Runtime.Actor;
using Agent.Runtime.Dispatch;

namespace Agent.Runtime.Cells;

internal sealed partial class ActorCell
{
    private bool _isFailed;
    private LocalActorRef? _perpetrator;
    private object? _failedMessage;

    // As a child: fail, wait suspended with all children, be told what to do.

    private void HandleInvokeFailure(Exception cause, LocalActorRef? perpetrator = null)
    {
        if (_isTerminating || _isFailed)
        {
            Guard("Handling a message", () => throw cause);
            return;
        }

        _isFailed = true;
        _perpetrator = perpetrator;
        _failedMessage = CurrentEnvelope.Message;
        Mailbox.Suspend();
        foreach (var child in Children.Snapshot())
        {
            if (!ReferenceEquals(child.Ref, perpetrator))
                child.Ref.Suspend();
        }

        Parent.SendSystemMessage(new Failed(Self, cause));
    }

    private void ClearFailed()
    {
        _isFailed = false;
        _perpetrator = null;
        _failedMessage = null;
    }

    private void FaultSuspend()
    {
        Mailbox.Suspend();
        foreach (var child in Children.Snapshot())
            child.Ref.Suspend();
    }

    private void FaultResume(Exception? cause)
    {
        if (_isTerminating)
            return;
        if (Actor is null && cause is not null)
        {
            // There is no instance to go on with: it failed in its constructor.
            FaultRecreate(cause);
            return;
        }

        var perpetrator = _perpetrator;
        Mailbox.Resume();
        if (cause is not null)
            ClearFailed();
        foreach (var child in Children.Snapshot())
            child.Ref.Resume(ReferenceEquals(child.Ref, perpetrator) ? cause : null);
    }

    // As a parent: decide.

    private void HandleFailure(Failed failed)
    {
        if (Children.Find(failed.Child) is not { IsStopping: false } child)
            return;
        var strategy = Props.SupervisorStrategy ?? Actor?.StrategyForChildren() ?? SupervisorStrategy.DefaultStrategy;
        if (!strategy.HandleFailure(this, child, failed.Cause))
            HandleInvokeFailure(failed.Cause, failed.Child);
    }
}
