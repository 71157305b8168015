using Agent.Runtime.Actor;
using Agent.Runtime.Dispatch;

namespace Agent.Runtime.Cells;

internal sealed partial class ActorCell
{
    /// <summary>Handles a user message. What the actor throws is a failure, not an exception here.</summary>
    public void Invoke(in Envelope envelope)
    {
        var message = envelope.Message;
        if (Props.Gate is { } gate && !gate())
        {
            System.PublishDeadLetter(envelope, Self);
            Self.Stop();
            return;
        }

        CurrentEnvelope = envelope;
        MessageNumber++;
        var influences = message is not INotInfluenceReceiveTimeout;
        if (influences)
            CancelReceiveTimeout();
        try
        {
            if (message is IAutoReceivedMessage)
                AutoReceive(message);
            else
                Actor!.Deliver(_behaviors[^1], message);
        }
        catch (Exception e)
        {
            HandleInvokeFailure(e);
        }

        if (_pendingAsync == 0)
            CurrentEnvelope = default;
        if (influences || _receiveTimeoutChanged)
            ScheduleReceiveTimeout();
    }

    /// <summary>Handles a system message.</summary>
    public void Invoke(SystemMessage message)
    {
        if (_recreateCause is not null && message is (Suspend or Resume or Recreate))
        {
            _deferred.Enqueue(message);
            return;
        }

        try
        {
            switch (message)
            {
                case Create: HandleCreate(); break;
                case Suspend: FaultSuspend(); break;
                case Resume resume: FaultResume(resume.Cause); break;
                case Recreate recreate: FaultRecreate(recreate.Cause); break;
                case Terminate: HandleTerminate(); break;
                case Failed failed: HandleFailure(failed); break;
                case Watch watch: AddWatcher(watch); break;
                case Unwatch unwatch: RemoveWatcher(unwatch); break;
                case DeathWatchNotification ended: HandleEnd(ended); break;
                case Continuation continuation: Continue(continuation); break;
                case AsyncCompleted completed: CompleteAsync(completed); break;
                default: throw new InvalidOperationException($"[{Self}] cannot handle the system message [{message}].");
            }
        }
        catch (Exception e)
        {
            HandleInvokeFailure(e);
        }
    }

    /// <summary>Handles a system message after the actor's end.</summary>
    public void InvokeClosed(SystemMessage message)
    {
        if (message is Watch watch)
            watch.Watcher.SendSystemMessage(new DeathWatchNotification(Self, true, false));
    }

    /// <summary>Puts the message of a timer that fired in the place of its signal, or nothing where the timer was
    /// cancelled or replaced meanwhile. From then on it is a message like others: it may be stashed and outlive its
    /// timer.</summary>
    /// <returns>The message that the actor is to handle, or null where there is none.</returns>
    public object? TakeTimer(TimerSignal signal)
    {
        if (_timers?.Take(signal) is not { } due)
            return null;
        CurrentEnvelope = CurrentEnvelope with { Message = due };
        if (due is not IAutoReceivedMessage)
            return due;
        AutoReceive(due);
        return null;
    }

    private void AutoReceive(object message)
    {
        switch (message)
        {
            case Terminated terminated:
                if (TakeTerminated(terminated) is { } told)
                {
                    CurrentEnvelope = CurrentEnvelope with { Message = told };
                    Actor!.Deliver(_behaviors[^1], told);
                }

                break;
            case PoisonPill:
                Self.Stop();
                break;
            case Kill:
                throw new ActorKilledException("Kill");
            case Identify identify:
                Sender.Tell(new ActorIdentity(identify.MessageId, Self), Self);
                break;
            default:
                throw new InvalidOperationException($"[{Self}] cannot handle [{message}].");
        }
    }

    private void CancelReceiveTimeout()
    {
        _receiveTimeout?.Cancel();
        _receiveTimeout = null;
    }

    private void ScheduleReceiveTimeout()
    {
        _receiveTimeoutChanged = false;
        CancelReceiveTimeout();
        if (ReceiveTimeout is not { } timeout || Mailbox.IsClosed || _isTerminating)
            return;
        _receiveTimeout = new Cancelable(System.Scheduler);
        System.Scheduler.ScheduleTellOnce(timeout, Self, Runtime.Actor.ReceiveTimeout.Instance, Self, _receiveTimeout);
    }
}
