namespace Agent.Runtime.Cluster;

/// <summary>Rendezvous hashing: everybody who knows the same candidates picks the same one, and a candidate that comes
/// or goes moves only the keys that are its own.</summary>
internal static class Rendezvous
{
    /// <summary>The candidate with the highest score for the key; null where there is none.</summary>
    public static T? Winner<T>(string key, IEnumerable<T> candidates, Func<T, string> name) where T : class =>
        Ranking(key, candidates, name).FirstOrDefault();

    /// <summary>The candidates, highest score first.</summary>
    public static IEnumerable<T> Ranking<T>(string key, IEnumerable<T> candidates, Func<T, string> name) =>
        candidates.OrderByDescending(c => StableHash.Of(key, name(c))).ThenBy(name, StringComparer.Ordinal);
}
