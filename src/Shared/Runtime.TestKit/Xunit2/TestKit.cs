using Agent.Runtime.Actor;
using Xunit.Abstractions;

namespace Agent.Runtime.TestKit.Xunit2;

/// <summary>The base class of an xunit test of actors: a system and a test actor for each test, ended with
/// it.</summary>
public class TestKit : TestKitBase, IDisposable
{
    /// <summary>Where the test may write; null if it was not given.</summary>
    protected readonly ITestOutputHelper? Output;

    private bool _disposed;

    /// <summary>A kit for this system, or for a new one.</summary>
    public TestKit(ActorSystem? system = null, ITestOutputHelper? output = null)
        : base(Assertions, system) => Output = output;

    /// <summary>Reports failures to xunit.</summary>
    protected static XunitAssertions Assertions { get; } = new();

    /// <summary>Ends the test's system.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Runs after the test, before its system is ended.</summary>
    protected virtual void AfterAll()
    {
    }

    /// <summary>Runs <see cref="AfterAll"/> and ends the system, once.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (_disposed || !disposing)
            return;
        _disposed = true;
        try
        {
            AfterAll();
        }
        finally
        {
            EndImplicitSender();
            Shutdown();
        }
    }
}
