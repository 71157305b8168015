using System.Collections.Immutable;
using System.Globalization;
using Agent.Resources;

namespace Agent.Actors.Bgp;

/// <summary>Which password a reference stands for, as the Secrets are now. Pure: the actor around it brings the Secrets.</summary>
internal sealed class PasswordBook
{
    private readonly SortedDictionary<ResourceKey, Resource> _secrets = [];
    private SortedDictionary<ResourceKey, List<(string Ref, string Key)>> _used = [];

    /// <summary>The namespace of all Secrets in use; null where they are in several.</summary>
    public string? Namespace => _used.Keys.Select(secret => secret.Namespace).Distinct().ToArray() is [var only] ? only : null;

    /// <summary>Sets the references in use; Secrets that none of them names are forgotten.</summary>
    public void Use(IEnumerable<string> refs)
    {
        var used = new SortedDictionary<ResourceKey, List<(string, string)>>();
        foreach (var reference in refs)
        {
            // A namespace, a name and a key of Kubernetes contain no slash.
            var parts = reference.Split('/', 3);
            var secret = new ResourceKey(Kinds.Secret, parts[1], parts[0]);
            if (!used.TryGetValue(secret, out var keys)) used[secret] = keys = [];
            keys.Add((reference, parts[2]));
        }

        _used = used;
        ResourceKey[] forgotten = [.. _secrets.Keys.Where(key => !used.ContainsKey(key))];
        foreach (var key in forgotten) _secrets.Remove(key);
    }

    /// <summary>Takes all Secrets that there are; those that nobody uses are not kept.</summary>
    public void Replace(IEnumerable<Resource> all)
    {
        _secrets.Clear();
        foreach (var secret in all) Put(secret);
    }

    /// <summary>Takes one Secret; false when nobody uses it.</summary>
    public bool Put(Resource secret)
    {
        if (!_used.ContainsKey(secret.Key)) return false;
        _secrets[secret.Key] = secret;
        return true;
    }

    /// <summary>A Secret is gone; false when nobody used it.</summary>
    public bool Remove(ResourceKey secret) => _secrets.Remove(secret);

    /// <summary>The password of each reference in use, null where there is none; and why there is none.</summary>
    public (ImmutableSortedDictionary<string, TcpMd5Key?> ByRef, ImmutableSortedSet<string> Problems) Resolve()
    {
        var byRef = ImmutableSortedDictionary.CreateBuilder<string, TcpMd5Key?>(StringComparer.Ordinal);
        var problems = ImmutableSortedSet.CreateBuilder<string>(StringComparer.Ordinal);
        foreach (var (secret, keys) in _used)
        {
            foreach (var (reference, key) in keys)
            {
                byRef[reference] = Find(secret, key, out var problem);
                if (problem is not null) problems.Add($"the BGP password {reference}: {problem}; its sessions go without a password");
            }
        }

        return (byRef.ToImmutable(), problems.ToImmutable());
    }

    private TcpMd5Key? Find(ResourceKey key, string entry, out string? problem)
    {
        problem = null;
        if (!_secrets.TryGetValue(key, out var resource))
        {
            problem = $"there is no {key}";
            return null;
        }

        try
        {
            if (!KubeSecret.From(resource).Data.TryGetValue(entry, out var bytes)) problem = $"{key} has no key '{entry}'";
            else if (bytes.IsEmpty) problem = "it is empty";
            else if (bytes.Length > TcpMd5Key.MaxLength) problem = TooLong(bytes.Length);
            else return new TcpMd5Key(bytes.Span);
        }
        catch (ResourceFormatException wrong)
        {
            problem = wrong.Message;
        }

        return null;
    }

    private static string TooLong(int length) =>
        string.Create(CultureInfo.InvariantCulture, $"it has {length} bytes, and TCP MD5 takes at most {TcpMd5Key.MaxLength}");
}
