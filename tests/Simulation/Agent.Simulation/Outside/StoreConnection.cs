using Agent.Datastore;
using Agent.Runtime.Hosting;

namespace Agent.Simulation.Outside;

/// <summary>The state of one node's way to a store. Faults change it, and it outlives the node's processes.</summary>
public sealed class StoreConditions
{
    /// <summary>The time that a request, and an answer, takes at most where nothing is wrong.</summary>
    public static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(10);

    /// <summary>The longest that a request, and an answer, is on its way.</summary>
    public TimeSpan MaxDelay { get; set; } = Usual;

    /// <summary>Whether the store is out of reach: every request fails, and nobody knows which had an effect.</summary>
    public bool IsAway { get; set; }
}

/// <summary>One process's way to a store: requests and answers take time, each by itself, so that requests overtake each
/// other; while the store is away they fail as real ones do.</summary>
/// <remarks>A request to a store that is away is refused at once, or is lost, or has its effect and the answer is lost,
/// or has its effect late, after the process was told that it failed. What the process sent has its effect whether or
/// not the process lives on.</remarks>
public sealed class StoreConnection(SeededWorld world, Process process, StoreConditions conditions, string store)
{
    private static readonly TimeSpan Refusal = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan GivenUpAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Latest = TimeSpan.FromSeconds(8);

    private readonly Random _random = world.CreateRandom($"{process.Name} {store}");
    private readonly Queue<Action> _news = new();

    /// <summary>Carries out an operation of the store.</summary>
    /// <param name="operation">Runs at the store, at one moment.</param>
    public Task<T> CallAsync<T>(Func<T> operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        var answer = new TaskCompletionSource<T>();
        if (conditions.IsAway)
        {
            Stray(operation, answer);
            return answer.Task;
        }

        var (there, back) = (conditions.MaxDelay * _random.NextDouble(), conditions.MaxDelay * _random.NextDouble());
        world.After(there, () =>
        {
            if (conditions.IsAway && there > StoreConditions.Usual)
            {
                Fail(answer, TimeSpan.Zero);
                return;
            }

            T result;
            try
            {
                result = operation();
            }
            catch (Exception error) when (error is IOException or ArgumentException)
            {
                world.After(back, () => process.Enter(() => answer.SetException(error)));
                return;
            }

            world.After(back, () => process.Enter(() => answer.SetResult(result)));
        });
        return answer.Task;
    }

    /// <summary>News that the store sends by itself: delivered in order; while the store is away they wait.</summary>
    public void Deliver(Action news)
    {
        _news.Enqueue(news);
        world.After(conditions.MaxDelay * _random.NextDouble(), DeliverNext);
    }

    private void DeliverNext()
    {
        if (process.IsDead)
            return;
        if (conditions.IsAway)
            world.After(Refusal, DeliverNext);
        else
            process.Enter(_news.Dequeue());
    }

    private void Stray<T>(Func<T> operation, TaskCompletionSource<T> answer)
    {
        var course = _random.NextDouble();
        if (course < 0.4)
        {
            Fail(answer, Refusal * _random.NextDouble());
            return;
        }

        if (course < 0.8)
            world.After((course < 0.6 ? StoreConditions.Usual : Latest) * _random.NextDouble(), () => operation());
        Fail(answer, GivenUpAfter);
    }

    private void Fail<T>(TaskCompletionSource<T> answer, TimeSpan after) => world.After(after, () => process.Enter(() =>
        answer.SetException(new DatastoreUnavailableException($"the {store} is away in this simulation"))));
}
