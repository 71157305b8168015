namespace Agent.Runtime.TestKit;

/// <summary>How a failed expectation is reported to the test framework.</summary>
public interface ITestKitAssertions
{
    /// <summary>Fails the test.</summary>
    /// <param name="format">Why; a composite format if there are arguments, else plain text.</param>
    /// <param name="args">The arguments of the format.</param>
    void Fail(string format = "", params object[] args);
}
