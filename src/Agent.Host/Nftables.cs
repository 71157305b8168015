using System.ComponentModel;
using System.Diagnostics;
using Agent.Actors.Routing;

namespace Agent.Host;

/// <summary>Runs <c>nft -f -</c>: one process a transaction, the ruleset on its standard input.</summary>
internal sealed class Nftables : INftables
{
    public async Task ApplyAsync(string ruleset)
    {
        using var nft = new Process
        {
            StartInfo = new ProcessStartInfo("nft", ["-f", "-"])
            {
                RedirectStandardInput = true,
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            },
        };
        try
        {
            nft.Start();
        }
        catch (Win32Exception error)
        {
            throw new IOException($"nft cannot be run ({error.Message}); install the package nftables", error);
        }

        var said = nft.StandardError.ReadToEndAsync();
        await nft.StandardInput.WriteAsync(ruleset);
        nft.StandardInput.Close();
        await nft.WaitForExitAsync();
        if (nft.ExitCode != 0) throw new IOException($"nft refused the ruleset: {(await said).Trim()}");
    }
}
