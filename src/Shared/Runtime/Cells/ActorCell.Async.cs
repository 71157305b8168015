using System.Runtime.ExceptionServices;
using Agent.Runtime.Dispatch;

namespace Agent.Runtime.Cells;

internal sealed partial class ActorCell
{
    private ActorSynchronizationContext? _async;
    private int _pendingAsync;

    /// <summary>Runs asynchronous work as part of the message at hand: until it is through no other user message is
    /// handled, and its awaits come back to this actor's turns.</summary>
    public void RunTask(Func<Task> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        var context = _async ??= new ActorSynchronizationContext(this);
        var task = Within(context, action);
        if (task.IsCompleted)
        {
            task.GetAwaiter().GetResult();
            return;
        }

        _pendingAsync++;
        Mailbox.Suspend();
        _ = task.ContinueWith(
            done => Self.SendSystemMessage(new AsyncCompleted(context, done)),
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void Continue(Continuation continuation)
    {
        if (!ReferenceEquals(continuation.Origin, _async))
            return;
        Within(_async, () =>
        {
            continuation.Run();
            return Task.CompletedTask;
        });
    }

    private void CompleteAsync(AsyncCompleted completed)
    {
        if (!ReferenceEquals(completed.Origin, _async))
            return;
        _pendingAsync--;
        Mailbox.Resume();
        try
        {
            if (completed.Task.IsFaulted)
                ExceptionDispatchInfo.Throw(completed.Task.Exception.InnerException!);
            if (completed.Task.IsCanceled)
                throw new TaskCanceledException(completed.Task);
        }
        catch (Exception e)
        {
            HandleInvokeFailure(e);
        }

        if (_pendingAsync == 0)
            CurrentEnvelope = default;
    }

    /// <summary>The instance ends: what its handlers still wait for is forgotten.</summary>
    private void EndAsync()
    {
        for (; _pendingAsync > 0; _pendingAsync--)
            Mailbox.Resume();
        _async = null;
    }

    private static Task Within(ActorSynchronizationContext context, Func<Task> run)
    {
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(context);
        try
        {
            return run();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }
}
