using System.Runtime.InteropServices;
using Agent.Actors.Bgp;
using Agent.Actors.Cluster;
using Agent.Actors.Node;
using Agent.Bgp.Rib;
using Agent.Datastore;
using Agent.Datastore.PostgreSql;
using Agent.Datastore.Sqlite;
using Agent.Host.Bootstrap;
using Agent.Host.Cluster;
using Agent.Host.LocalApi;
using Agent.Host.Logging;
using Agent.Host.Settings;
using Agent.Ipc;
using Agent.Netlink;
using Agent.Planning;
using Agent.PostgreSql;
using Agent.Runtime.Hosting;
using Agent.Runtime.Sql;
using Microsoft.Extensions.Logging;

namespace Agent.Host;

/// <summary>The composition root: opens what the node has, starts its actors, serves the local API, and stops in
/// order.</summary>
/// <remarks>
/// Start: datastore, journal, kernel, the node's own resources, the port for other nodes, actors, local API. Stop
/// (SIGTERM, SIGINT): local API, BGP sessions (TCP is closed without a NOTIFICATION, so that graceful restart applies),
/// shards are handed over, actors, journal, datastore. The kernel's routes are left as they are.
/// </remarks>
internal static class AgentProcess
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    /// <summary>Runs the agent until it is told to stop, or cannot go on; returns the exit code.</summary>
    public static async Task<int> RunAsync(AgentSettings settings, string version, CancellationToken cancellation)
    {
        using var logs = new AgentLog(settings);
        var log = logs.Factory.CreateLogger("agent");
        try
        {
            log.LogInformation("agent {Version} of node {Node} starts", version, settings.NodeName);
            LiveBird.Refuse();
            LostDatastore.Refuse(settings);
            await using var datastore = await OpenDatastoreAsync(settings);
            using var journal = await NodeJournals.OpenAsync(settings, log);
            using var kernel = RtNetlinkKernel.Open();
            var agent = $"{journal.Identity.JournalId}@{journal.Identity.MachineId}";
            await OneAgentPerName.RequireAsync(
                datastore.Leases, settings.NodeName, agent, ClusterPorts.DefaultBeat, TimeProvider.System, log);
            var bgp = await NodeResources.EnsureAsync(datastore, kernel, settings, version, log);
            using var cluster = ClusterPart.Open(settings, datastore, agent, NodeResources.AddressOf(bgp));
            await KernelSettings.ApplyAsync(kernel, withIPv6: bgp.Ipv6Address is not null);
            return await RunNodeAsync(settings, version, logs, log, datastore, journal, kernel, cluster, cancellation);
        }
        catch (Exception error) when (error is IOException or DatastoreUnavailableException or StartRefusedException)
        {
            log.LogCritical("cannot run: {Reason}", error.Message);
            return 1;
        }
    }

    private static async Task<IDatastore> OpenDatastoreAsync(AgentSettings settings)
    {
        if (PostgresAddress.IsUrl(settings.Datastore))
        {
            return await PostgresDatastore.OpenAsync(
                settings.Datastore,
                new PostgresDatastoreOptions { CreateIfMissing = true, ClusterName = settings.ClusterName });
        }

        if (Path.GetDirectoryName(settings.Datastore) is { Length: > 0 } folder) CreateFolder(folder);
        var datastore = await SqliteDatastore.OpenAsync(
            settings.Datastore,
            new SqliteDatastoreOptions { CreateIfMissing = true, ClusterName = settings.ClusterName });

        KeepToOwner(settings.Datastore);
        return datastore;
    }

    /// <summary>Secrets stand in it: nobody but root may read it, nor its side files, which are there by now.</summary>
    private static void KeepToOwner(string datastore)
    {
        foreach (var side in (ReadOnlySpan<string>)["", "-wal", "-shm"])
        {
            if (File.Exists(datastore + side))
                File.SetUnixFileMode(datastore + side, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    /// <summary>Makes a folder that only root may look into.</summary>
    internal static void CreateFolder(string folder)
    {
        if (!Directory.Exists(folder))
            Directory.CreateDirectory(folder,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>What the actors run on; leases are measured in time that goes on while the host sleeps.</summary>
    internal static RuntimeSetup SetupOf(PersistenceSetup persistence, ClusterSetup cluster, AgentLog logs) => new()
    {
        Time = BootTime.Instance,
        Persistence = persistence,
        Cluster = cluster,
        LogFilter = logs.Levels.IsEnabled,
        LogSink = logs.Sink,
    };

    private static async Task<int> RunNodeAsync(
        AgentSettings settings, string version, AgentLog logs, ILogger log, IDatastore datastore,
        NodeJournal journal, RtNetlinkKernel kernel, ClusterPart cluster, CancellationToken cancellation)
    {
        Rehearsal.Run();
        var system = RuntimeSystem.Create("agent", SetupOf(journal.Persistence, cluster.Setup, logs));
        var pools = cluster.Start(system);
        var ports = new NodePorts
        {
            Pools = pools,
            Datastore = datastore,
            Kernel = kernel,
            Transport = new TcpBgpTransport(),
            BgpLog = logs.Levels,
            Nftables = new Nftables(),
            Recordings = new SessionRecordingFiles(
                Path.Combine(Path.GetDirectoryName(Path.GetFullPath(settings.Socket))!, "recordings"),
                TimeProvider.System),
            Time = TimeProvider.System,
            Random = new Random(),
        };
        var identity = new NodeIdentity(settings.NodeName, journal.Identity.JournalId,
            new PlanOptions
            {
                RouterId = settings.RouterId,
                SecretNamespace = settings.SecretNamespace,
                PriorityInLocalPref = settings.PriorityInLocalPref,
                RouteMetrics = settings.RouteMetrics,
                HonoursGracefulShutdown = settings.HonoursGracefulShutdown,
                HonoursBlackhole = settings.HonoursBlackhole,
            })
        {
            Incarnation = journal.Identity.Incarnation,
        };
        system.ActorOf(NodeActor.For(identity, ports), NodeActor.Name);

        var api = new LocalApiHandler(system, settings.NodeName, version, logs);
        await using var server = IpcServer.Start(
            settings.Socket, api.HandleAsync, line => log.LogWarning("local API: {Line}", line), api.Follow);
        log.LogInformation("serving the local API on {Socket}", settings.Socket);

        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        var told = new TaskCompletionSource();
        using var registration = stopping.Token.Register(() => told.TrySetResult());
        var ended = await Task.WhenAny(told.Task, system.WhenTerminated);
        if (ended == system.WhenTerminated)
        {
            log.LogCritical("the actors failed too often; the kernel keeps the routes");
            return 1;
        }

        log.LogInformation("stopping for restart: sessions close, routes stay");
        await server.DisposeAsync();
        await StopAsync(system, log);
        log.LogInformation("stopped");
        return 0;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stopping.Cancel();
        }
    }

    private static async Task StopAsync(ActorSystem system, ILogger log)
    {
        CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseServiceStop, "bgp", async () =>
        {
            try
            {
                await LocalApiHandler.Find(system, "bgp")
                    .Ask<PeerSetProtocol.Stopped>(PeerSetProtocol.StopForRestart.Instance, StopPatience);
            }
            catch (AskTimeoutException)
            {
                log.LogWarning("BGP sessions did not close within {Seconds} s", StopPatience.TotalSeconds);
            }

            return Done.Instance;
        });
        await CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClrExitReason.Instance);
    }
}
