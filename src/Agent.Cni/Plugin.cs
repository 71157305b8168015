using Agent.Ipc;

namespace Agent.Cni;

/// <summary>One run of the plugin: reads the environment and stdin, asks the agent once, prints the result or the
/// error.</summary>
/// <remarks>
/// When the agent is away an ADD fails with "try again later", and so does a DEL: the runtime must repeat it, or the
/// pod's address would
/// leak. STATUS says that the plugin is not available. VERSION needs neither configuration nor agent.
/// </remarks>
internal static class Plugin
{
    // Longer than the agent's own limit for serving a pod (90 s), so that its error and not this limit is what the user
    // sees.
    private static readonly TimeSpan PodDeadline = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan StatusDeadline = TimeSpan.FromSeconds(5);

    /// <summary>Runs the verb that <c>CNI_COMMAND</c> names; gives the exit code.</summary>
    internal static async Task<int> RunAsync(Func<string, string?> variable, Stream input, Stream output)
    {
        var version = CniVersions.Newest;
        var command = variable("CNI_COMMAND") ?? "";
        try
        {
            var environment = CniEnvironment.Read(variable);
            (version, var json) = CniConfig.ReadVersion(input);
            if (environment.Command == "VERSION")
            {
                CniResult.WriteVersions(output, version);
                return 0;
            }

            var config = CniConfig.Check(version, json);
            if (CniVersions.IntroducedIn(command) is { } first && !CniVersions.IsAtLeast(version, first))
            {
                throw new CniError(
                    CniError.IncompatibleVersion, $"config version does not allow {command}",
                    $"{command} came with CNI {first}, not {version}");
            }

            Print(output, config, await AskAsync(environment, config));
            return 0;
        }
        catch (CniError error)
        {
            error.Write(output, version);
        }
        catch (Exception error)
        {
            new CniError(CniError.Generic, $"Calico CNI panicked during {command}: {error.Message}", error.ToString())
                .Write(output, version);
        }

        return 1;
    }

    private static async Task<IpcReply> AskAsync(CniEnvironment environment, CniConfig config)
    {
        IpcRequest request = environment.Command switch
        {
            "ADD" => new IpcRequest.CniAdd(
                environment.ContainerId, environment.Netns!, environment.IfName, environment.Args, config.Json),
            "DEL" => new IpcRequest.CniDel(
                environment.ContainerId, environment.IfName, environment.Args, config.Json, environment.Netns),
            "CHECK" => new IpcRequest.CniCheck(
                environment.ContainerId, environment.Netns!, environment.IfName, environment.Args, config.Json),
            "GC" => new IpcRequest.CniGc(config.Name, config.ValidAttachments()),
            _ => new IpcRequest.CniStatus(config.Json),
        };

        var isStatus = environment.Command == "STATUS";
        try
        {
            return await IpcClient.AskAsync(config.AgentSocket, request, isStatus ? StatusDeadline : PodDeadline);
        }
        catch (AgentUnavailableException error)
        {
            throw new CniError(isStatus ? CniError.NotAvailable : CniError.TryAgainLater, error.Message);
        }
    }

    private static void Print(Stream output, CniConfig config, IpcReply reply)
    {
        switch (reply)
        {
            case IpcReply.CniAdded added: CniResult.Write(output, config.CniVersion, added); break;
            case IpcReply.Done: break;
            case IpcReply.CniFailed failed: throw new CniError(failed.Code, failed.Msg, failed.Details);
            case IpcReply.Error error: throw new CniError(CniError.Generic, error.Message);
            default:
                throw new CniError(CniError.Generic, $"the agent answered a CNI request with {reply.GetType().Name}");
        }
    }
}
