using System.Collections.Immutable;
using System.Globalization;

namespace Agent.Resources;

/// <summary>Something in a manifest that cannot be accepted.</summary>
/// <param name="Source">The file's name, or what stands for it.</param>
/// <param name="Line">The line, from 1; 0 where it is not known.</param>
/// <param name="Column">The column, from 1; 0 where it is not known.</param>
/// <param name="Message">What is wrong.</param>
public readonly record struct ManifestError(string Source, int Line, int Column, string Message)
{
    /// <summary>As compilers write it: <c>pools.yaml:3:5: ...</c>.</summary>
    public override string ToString() => Line == 0
        ? $"{Source}: {Message}"
        : string.Create(CultureInfo.InvariantCulture, $"{Source}:{Line}:{Column}: {Message}");
}

/// <summary>What a manifest holds: its resources in order, or what is wrong with it.</summary>
/// <param name="Resources">The resources that could be read; a caller that wants all or nothing looks at the errors
/// first.</param>
/// <param name="Errors">What could not be accepted.</param>
/// <param name="Warnings">What was accepted without effect.</param>
public sealed record ManifestContent(
    ImmutableArray<Resource> Resources, ImmutableArray<ManifestError> Errors, ImmutableArray<string> Warnings);
