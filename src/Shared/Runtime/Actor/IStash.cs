namespace Agent.Runtime.Actor;

/// <summary>Messages put aside until the actor can handle them.</summary>
public interface IStash
{
    /// <summary>Whether nothing is put aside.</summary>
    bool IsEmpty { get; }

    /// <summary>Whether something is put aside.</summary>
    bool NonEmpty { get; }

    /// <summary>Whether no more can be put aside.</summary>
    bool IsFull { get; }

    /// <summary>How much can be put aside; -1 for without bounds.</summary>
    int Capacity { get; }

    /// <summary>How much is put aside.</summary>
    int Count { get; }

    /// <summary>Puts the message at hand aside, with its sender.</summary>
    /// <exception cref="InvalidOperationException">The message at hand was put aside already.</exception>
    void Stash();

    /// <summary>Puts the oldest message back in front of the mailbox.</summary>
    void Unstash();

    /// <summary>Puts everything back in front of the mailbox, in the order of arrival.</summary>
    void UnstashAll();
}

/// <summary>What has a stash.</summary>
public interface IActorStash
{
    /// <summary>The stash, filled in by the runtime after construction.</summary>
    IStash Stash { get; set; }
}

/// <summary>An actor with a stash.</summary>
public interface IWithStash : IActorStash;

/// <summary>An actor with a stash without bounds.</summary>
public interface IWithUnboundedStash : IActorStash;
