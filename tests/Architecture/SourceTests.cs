using System.Text.RegularExpressions;

namespace Agent.Architecture.Tests;

/// <summary>Habits that a reader relies on: short files, no leftovers, nothing that waits by the clock.</summary>
public sealed partial class SourceTests
{
    private const int MostLines = 400;
    private const int MostColumns = 120;

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
    [InlineData("src/Shared")]
    public void No_line_is_wider_than_the_editorconfig_says(string folder)
    {
        var wide = Repository.Files(folder, "*.cs").SelectMany(path => File.ReadLines(path)
            .Select((line, index) => (line, number: index + 1))
            .Where(each => each.line.Length > MostColumns)
            .Select(each => $"{Path.GetRelativePath(Repository.Root, path)}:{each.number}: {each.line.Length} columns"));

        Assert.Empty(wide);
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
            .Where(path => AsyncHandler().IsMatch(File.ReadAllText(path)))
            .Select(path => Path.GetRelativePath(Repository.Root, path));

        Assert.Empty(offenders);
    }

    [Theory]
    [InlineData("ReceiveAsync<string>(text => KeepAsync(text));", true)]
    [InlineData("ReceiveAsync(typeof(string), text => KeepAsync(text));", true)]
    [InlineData("ReceiveAnyAsync(message => KeepAsync(message));", true)]
    [InlineData("CommandAsync<string>(text => KeepAsync(text));", true)]
    [InlineData("CommandAnyAsync(message => KeepAsync(message));", true)]
    [InlineData("RunTask(KeepAsync);", true)]
    [InlineData("socket.ReceiveAsync(buffer, cancellation).PipeTo(Self);", false)]
    [InlineData("Receive<Bytes>(bytes => Feed(bytes));", false)]
    public void An_async_handler_is_told_from_a_read_of_a_socket(string code, bool isHandler) =>
        Assert.Equal(isHandler, AsyncHandler().IsMatch(code));

    [GeneratedRegex(@"\b((Receive|Command)Async(<|\(typeof)|(Receive|Command)AnyAsync\b|RunTask\()")]
    private static partial Regex AsyncHandler();
}
