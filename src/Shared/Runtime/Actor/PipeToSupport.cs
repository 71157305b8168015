namespace Agent.Runtime.Actor;

/// <summary>Sending the outcome of a task as a message. Without a sender it comes from dead letters.</summary>
/// <remarks>A failure comes as <see cref="Status.Failure"/> with the bare cause, unless a function makes something else
/// of it. A task without a result sends nothing on success, unless a function makes something of that. A task that is
/// complete already is delivered before the call returns; the message goes through the mailbox all the same.</remarks>
public static class PipeToSupport
{
    /// <summary>Sends the result, or what the functions make of the outcome.</summary>
    public static Task PipeTo<T>(this Task<T> taskToPipe, ICanTell recipient, IActorRef? sender = null,
        Func<T, object>? success = null, Func<Exception, object>? failure = null) =>
        Deliver(taskToPipe, recipient, sender,
            task => success is null ? ((Task<T>)task).Result : success(((Task<T>)task).Result), failure);

    /// <inheritdoc cref="PipeTo{T}(Task{T}, ICanTell, IActorRef, Func{T, object}, Func{Exception, object})"/>
    public static Task PipeTo<T>(this ValueTask<T> taskToPipe, ICanTell recipient, IActorRef? sender = null,
        Func<T, object>? success = null, Func<Exception, object>? failure = null) =>
        taskToPipe.AsTask().PipeTo(recipient, sender, success, failure);

    /// <summary>Sends what the functions make of the outcome; without them a failure alone.</summary>
    public static Task PipeTo(this Task taskToPipe, ICanTell recipient, IActorRef? sender = null,
        Func<object>? success = null, Func<Exception, object>? failure = null) =>
        Deliver(taskToPipe, recipient, sender, success is null ? null : _ => success(), failure);

    /// <inheritdoc cref="PipeTo(Task, ICanTell, IActorRef, Func{object}, Func{Exception, object})"/>
    public static Task PipeTo(this ValueTask taskToPipe, ICanTell recipient, IActorRef? sender = null,
        Func<object>? success = null, Func<Exception, object>? failure = null) =>
        taskToPipe.AsTask().PipeTo(recipient, sender, success, failure);

    private static Task Deliver(
        Task task, ICanTell recipient, IActorRef? sender,
        Func<Task, object?>? success, Func<Exception, object>? failure)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(recipient);
        if (!task.IsCompleted)
        {
            // The continuation runs where the task is completed, whatever context is there: a simulation stays on its
            // thread.
            return task.ContinueWith(
                done => Send(done, recipient, sender, success, failure),
                CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        Send(task, recipient, sender, success, failure);
        return Task.CompletedTask;
    }

    private static void Send(
        Task task, ICanTell recipient, IActorRef? sender,
        Func<Task, object?>? success, Func<Exception, object>? failure)
    {
        object? message;
        try
        {
            if (task.IsCompletedSuccessfully)
            {
                if (success is null)
                    return;
                message = success(task)
                    ?? new Status.Failure(new InvalidOperationException("The piped task gave null."));
            }
            else
            {
                var cause = task.Exception?.InnerException ?? new TaskCanceledException(task);
                message = failure is null ? new Status.Failure(cause) : failure(cause);
            }
        }
        catch (Exception e)
        {
            message = new Status.Failure(e);
        }

        recipient.Tell(message, sender);
    }
}
