using Agent.Resources;

namespace Agent.Ctl.Commands.Resources;

/// <summary>The words of one verb.</summary>
/// <param name="Infinitive">As in "failed to apply".</param>
/// <param name="Participle">As in "Successfully applied".</param>
internal sealed record Verb(string Infinitive, string Participle);

/// <summary>Says what became of the resources of one command, in the sentences of spec 5.2.</summary>
internal sealed class WriteReport(Verb verb, IReadOnlyList<Resource> resources)
{
    private readonly List<string> _errors = [];
    private int _done;

    /// <summary>Notes the outcome of one resource.</summary>
    internal void Add(string? error)
    {
        if (error is null) _done++;
        else if (error != ResourceStore.Skipped) _errors.Add(error);
    }

    /// <summary>Prints the result; gives the exit code.</summary>
    internal int Write(Surroundings surroundings)
    {
        if (resources.Count == 0) surroundings.Output.WriteLine("No resources specified");
        else if (_errors.Count == 0) WriteDone(surroundings.Output);
        else if (verb.Infinitive == "delete") WriteEachFailure(surroundings);
        else WriteFailure(surroundings, verb.Infinitive == "replace" ? _errors[^1] : $"[{string.Join(' ', _errors)}]");
        return _errors.Count == 0 ? 0 : 1;
    }

    private void WriteDone(TextWriter output) =>
        output.WriteLine($"Successfully {verb.Participle} {_done} {QuotedKind()}resource(s)");

    private void WriteEachFailure(Surroundings surroundings)
    {
        if (_done > 0) WriteDone(surroundings.Output);
        foreach (var error in _errors)
            surroundings.Error.WriteLine($"Failed to delete {QuotedKind()}resource: {error}");
    }

    private void WriteFailure(Surroundings surroundings, string errors)
    {
        if (_done == 0)
        {
            surroundings.Error.WriteLine(resources.Count == 1 || verb.Infinitive == "replace"
                ? $"failed to {verb.Infinitive} {QuotedKind()}resource: {errors}"
                : $"failed to {verb.Infinitive} any {QuotedKind()}resources: {errors}");
            return;
        }

        if (_done > _errors.Count)
        {
            surroundings.Output.WriteLine(
                $"Partial success: {verb.Participle} the first {_done} out of {resources.Count} "
                + $"{QuotedKind()}resources:");
        }

        surroundings.Error.WriteLine($"hit error: {errors}");
    }

    private string QuotedKind() =>
        resources.Select(resource => resource.Kind).Distinct().Count() == 1 ? $"'{resources[0].Kind.Kind}' " : "";
}
