namespace Agent.Architecture.Tests;

/// <summary>Habits that a reader relies on: short files, no leftovers, nothing that waits by the clock.</summary>
public sealed class SourceTests
{
    private const int MostLines = 400;

    [Fact]
    public void A_file_can_be_read_in_one_sitting()
    {
        var long_ = Repository.Files(".", "*.cs")
            .Select(path => (path, lines: File.ReadLines(path).Count()))
            .Where(file => file.lines > MostLines)
            .Select(file => $"{Path.GetRelativePath(Repository.Root, file.path)}: {file.lines} lines");

        Assert.Empty(long_);
    }

    [Theory]
    [InlineData("TO" + "DO")]
    [InlineData("FIX" + "ME")]
    [InlineData("NotImplemented" + "Exception")]
    public void Nothing_is_left_for_later(string mark)
    {
        var marked = Repository.Files("src", "*.cs").Concat(Repository.Files("tests", "*.cs"))
            .Where(path => File.ReadAllText(path).Contains(mark, StringComparison.Ordinal));

        Assert.Empty(marked);
    }

    [Theory]
    [InlineData("Thread" + ".Sleep")]
    [InlineData("Task" + ".Delay")]
    public void No_test_waits_by_the_clock(string call)
    {
        var sleepers = Repository.Files("tests", "*.cs")
            .Where(path => File.ReadAllText(path).Contains(call, StringComparison.Ordinal));

        Assert.Empty(sleepers);
    }

    [Fact]
    public void No_actor_has_an_async_handler()
    {
        var offenders = Repository.Files("src/Agent.Actors", "*.cs")
            .Where(path => File.ReadAllText(path) is var text
                && (text.Contains("ReceiveAsync", StringComparison.Ordinal)
                    || text.Contains("CommandAsync", StringComparison.Ordinal)
                    || text.Contains("RunTask", StringComparison.Ordinal)));

        Assert.Empty(offenders);
    }
}
