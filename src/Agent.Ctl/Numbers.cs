using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace Agent.Ctl;

/// <summary>What numbers flags may have.</summary>
internal static class Numbers
{
    /// <summary>Refuses what is less.</summary>
    internal static void RequireAtLeast<T>(this Option<T> option, T least) where T : INumber<T> =>
        option.Validators.Add(result =>
        {
            // What is no number is the parser's to refuse.
            if (result.Tokens is [var token] && T.TryParse(token.Value, CultureInfo.InvariantCulture, out var number)
                && number < least)
                result.AddError($"{option.Name} {token.Value} is not allowed: use {least} or more");
        });
}
