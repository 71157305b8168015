using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Agent.PostgreSql.Tests.Support;

/// <summary>A PostgreSQL server of the tests' own: a new cluster in a temporary directory, on loopback, stopped and removed at the end.</summary>
/// <remarks>The server refuses to run as root, so it runs as the user <c>postgres</c>, whom its Debian package makes.</remarks>
public sealed class PostgresServer : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("agent-postgres-").FullName;
    private readonly int _port = FreePort();
    private Process? _postmaster;

    /// <summary>The superuser's password; no test's output may contain it.</summary>
    public const string Password = "s3cret-of-the-tests";

    private string DataFolder => Path.Combine(_folder, "data");

    /// <summary>The address of a schema in this server's one database.</summary>
    public string Url(string schema) => $"{UrlOf("postgres")}?schema={schema}";

    /// <summary>The same, reached by the server's Unix socket: also from other network namespaces.</summary>
    public string SocketUrl(string schema) => $"{Url(schema)}&host={_folder}";

    /// <summary>The address of a database of this server.</summary>
    public string UrlOf(string database, string password = Password) => string.Create(
        CultureInfo.InvariantCulture, $"postgres://postgres:{password}@127.0.0.1:{_port}/{database}");

    /// <summary>A schema name that no other test has.</summary>
    public static string NewSchema() => "t" + Guid.NewGuid().ToString("N");

    public async Task InitializeAsync()
    {
        var passwordFile = Path.Combine(_folder, "password");
        await File.WriteAllTextAsync(passwordFile, Password);
        await RunAsync("chown", "-R", "postgres:postgres", _folder);
        await RunAsync("setpriv", AsPostgres("initdb", "-D", DataFolder, "-U", "postgres", "-E", "UTF8", "--locale=C", "--auth=scram-sha-256",
            "--pwfile=" + passwordFile, "--no-sync"));
        await StartAsync();
    }

    public async Task DisposeAsync()
    {
        await StopAsync(Stop.Fast);
        Directory.Delete(_folder, recursive: true);
    }

    public void Dispose() => _postmaster?.Dispose();

    /// <summary>Starts the server and waits until it accepts connections.</summary>
    public async Task StartAsync()
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var log = new List<string>();
        _postmaster = new Process
        {
            StartInfo = StartOf("setpriv", AsPostgres("postgres", "-D", DataFolder,
                "-c", "listen_addresses=127.0.0.1", "-p", _port.ToString(CultureInfo.InvariantCulture),
                "-c", "unix_socket_directories=" + _folder, "-c", "max_connections=200", "-c", "logging_collector=off")),
            EnableRaisingEvents = true,
        };
        _postmaster.ErrorDataReceived += (_, line) =>
        {
            lock (log) log.Add(line.Data ?? "");
            if (line.Data?.Contains("database system is ready to accept connections", StringComparison.Ordinal) == true) ready.TrySetResult();
        };
        _postmaster.Exited += (_, _) => ready.TrySetException(new InvalidOperationException("postgres ended: " + string.Join('\n', log)));
        _postmaster.Start();
        _postmaster.BeginErrorReadLine();
        _postmaster.BeginOutputReadLine();
        await ready.Task.WaitAsync(Patience);
    }

    /// <summary>Ends the server with one of its ways to stop.</summary>
    public async Task StopAsync(Stop how)
    {
        if (_postmaster is not { } postmaster) return;
        _postmaster = null;
        await RunAsync("kill", "-" + how switch { Stop.Fast => "INT", _ => "QUIT" }, postmaster.Id.ToString(CultureInfo.InvariantCulture));
        await postmaster.WaitForExitAsync().WaitAsync(Patience);
        postmaster.Dispose();
    }

    /// <summary>The first column of the first row, as psql would get it.</summary>
    public async Task<object?> SqlAsync(string schema, string sql)
    {
        await using var connection = await ConnectAsync(schema);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>A connection such as another program makes.</summary>
    public async Task<NpgsqlConnection> ConnectAsync(string schema)
    {
        var connection = new NpgsqlConnection(string.Create(CultureInfo.InvariantCulture,
            $"Host=127.0.0.1;Port={_port};Username=postgres;Password={Password};Database=postgres;Search Path={schema};Pooling=false;Timeout=60;Command Timeout=300"));
        await connection.OpenAsync();
        return connection;
    }

    private static string[] AsPostgres(string program, params string[] args) =>
        ["--reuid=postgres", "--regid=postgres", "--clear-groups", Program(program), .. args];

    // Debian keeps the server's programs out of the search path, one directory per major version.
    private static string Program(string name) =>
        Directory.EnumerateDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal)
            .Select(version => Path.Combine(version, "bin", name)).LastOrDefault(File.Exists)
        ?? throw new InvalidOperationException($"{name} is not installed: apt-get install postgresql");

    private static async Task RunAsync(string program, params string[] args)
    {
        using var process = Process.Start(StartOf(program, args))!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(Patience);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', args)}: {await output}{await errors}");
    }

    private static ProcessStartInfo StartOf(string program, string[] args) => new(program, args)
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        WorkingDirectory = "/",
    };

    /// <summary>A port that is free, and stays so while the server is stopped: the kernel gives none below 32768 to whoever connects.</summary>
    private static int FreePort()
    {
        while (true)
        {
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(20_000, 32_000));
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // The next one, then.
            }
        }
    }
}

/// <summary>How a server is stopped.</summary>
public enum Stop
{
    /// <summary>Sessions are ended, what is in memory is written.</summary>
    Fast,

    /// <summary>As in a crash: everything ends at once, and the next start recovers from the log.</summary>
    Immediate,
}

/// <summary>The tests that share one server; they run one after another, so that a test may restart it.</summary>
[CollectionDefinition(Name)]
public sealed class OnPostgres : ICollectionFixture<PostgresServer>
{
    public const string Name = "PostgreSQL";
}
