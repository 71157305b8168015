namespace Agent.Ctl.Commands.State;

/// <summary>Something that is wrong with persisted state.</summary>
/// <param name="Place">Where: a file, a history, a resource.</param>
/// <param name="Problem">What.</param>
/// <param name="Remedy">What to do about it.</param>
internal sealed record Complaint(string Place, string Problem, string Remedy);
