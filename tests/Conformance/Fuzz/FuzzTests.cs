using System.Diagnostics;
using System.Globalization;

namespace Agent.Conformance.Tests.Fuzz;

/// <summary>Fuzzing of every decoder: what was once found stays in <c>corpus</c> and is replayed, and new inputs are tried.</summary>
/// <remarks>
/// The environment says how long and from where: <c>FUZZ_SECONDS</c> for each target (default: a fixed number of inputs), <c>FUZZ_SEED</c>
/// (default 1). <c>run.sh</c> sets them. A finding is written to the corpus with the seed; the message says how to replay it.
/// </remarks>
public sealed class FuzzTests
{
    private const int UsualInputs = 4000;
    private static readonly string Corpus = Path.Combine(SourceTree.Root, "tests", "Conformance", "Fuzz", "corpus");

    public static TheoryData<string> TargetNames() => new(Targets.All.Keys);

    public static TheoryData<string> Files() =>
        new(Directory.EnumerateFiles(Corpus, "*.hex").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Files))]
    public void What_was_found_once_is_right_now(string file)
    {
        var problem = Try(file[..file.IndexOf('-', StringComparison.Ordinal)], Read(Path.Combine(Corpus, file)));

        Assert.True(problem is null, problem);
    }

    [Theory]
    [MemberData(nameof(TargetNames))]
    public void Nothing_that_comes_breaks_what_is_known_of_every_input(string name)
    {
        var seed = Number("FUZZ_SEED", 1);
        var seconds = Number("FUZZ_SECONDS", 0);
        var mutator = new Mutator(seed, Directory.EnumerateFiles(Corpus, "*.hex").Order(StringComparer.Ordinal).Select(Read));
        var clock = Stopwatch.StartNew();
        for (var count = 0; seconds == 0 ? count < UsualInputs : clock.Elapsed.TotalSeconds < seconds; count++)
        {
            var input = mutator.Next(name);
            if (Try(name, input) is not { } problem) continue;
            var file = Keep(name, input, seed, problem);
            Assert.Fail($"{problem}\nThe input is {file}; replay it with: dotnet test tests/Conformance --filter \"DisplayName~{file}\"");
        }
    }

    /// <summary>Runs a target; null when all is well.</summary>
    private static string? Try(string target, byte[] input)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            Targets.All[target](input);
        }
        catch (FuzzException found)
        {
            return found.Message;
        }
#pragma warning disable CA1031 // whatever a decoder throws is a finding
        catch (Exception thrown)
        {
            return thrown.ToString();
        }
#pragma warning restore CA1031

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        var most = Targets.MostAllocated(target) + 4096L * input.Length;
        return allocated <= most ? null : $"{allocated} bytes were allocated for {input.Length}";
    }

    private static string Keep(string target, byte[] input, int seed, string problem)
    {
        var hex = Convert.ToHexStringLower(input);
        var file = $"{target}-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(input))[..12]}.hex";
        File.WriteAllText(Path.Combine(Corpus, file), $"# {problem.Split('\n')[0]} (seed {seed})\n{hex}\n");
        return file;
    }

    private static byte[] Read(string path) => Convert.FromHexString(
        string.Concat(File.ReadLines(path).Where(line => !line.StartsWith('#')).Select(line => line.Trim())));

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
