using Agent.Bgp.Recordings;

namespace Agent.Conformance.Tests.Recordings;

/// <summary>The recorded steps under <c>Bgp</c>, one folder per section of an RFC: each is replayed against a new session (and RIB) and must
/// give the same effects.</summary>
/// <remarks>With <c>CONFORMANCE_RECORD=1</c> in the environment the files are written again with what comes now; read the difference before it
/// is committed. See <c>docs/develop/conformance.md</c>.</remarks>
public sealed class ConformanceTests
{
    private static readonly string Folder = Path.Combine(SourceTree.Root, "tests", "Conformance", "Bgp");

    public static TheoryData<string> Cases() => new(
        Directory.EnumerateFiles(Folder, "*.steps", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Folder, path)).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_session_does_what_was_recorded(string name)
    {
        var path = Path.Combine(Folder, name);
        var recording = RecordingReader.Read(File.ReadLines(path));

        var now = Replay.Run(recording);

        if (Environment.GetEnvironmentVariable("CONFORMANCE_RECORD") == "1") File.WriteAllLines(path, now.Lines());
        else Assert.Equal("", Replay.Difference(recording, now));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_recording_is_written_as_it_was_read(string name)
    {
        var lines = File.ReadAllLines(Path.Combine(Folder, name));

        Assert.Equal(lines.Where(IsEssential), RecordingReader.Read(lines).Lines().Where(IsEssential));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_recording_says_what_it_shows(string name) =>
        Assert.NotEmpty(RecordingReader.Read(File.ReadLines(Path.Combine(Folder, name))).Head);

    private static bool IsEssential(string line) => line.Trim() is [not ';', ..];
}
