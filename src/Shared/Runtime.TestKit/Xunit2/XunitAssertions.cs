using System.Globalization;
using Xunit.Sdk;

namespace Agent.Runtime.TestKit.Xunit2;

/// <summary>Reports failures by the exception that xunit's own assertions throw.</summary>
public class XunitAssertions : ITestKitAssertions
{
    /// <inheritdoc/>
    public void Fail(string format = "", params object[] args) =>
        throw new XunitException(args is { Length: > 0 }
            ? string.Format(CultureInfo.InvariantCulture, format, args)
            : format);
}
