using System.CommandLine;
using System.Reflection;
using Agent.Host;
using Agent.Host.Settings;

// The daemon: reads its settings, then runs until it is told to stop. Exit codes: 0 stopped as told, 1 could not run, 2
// wrong settings.
var config = new Option<string?>(
    "--config")
{ Description = $"The settings file (YAML). Default: {SettingsReader.DefaultFile}, if it exists" };
var root = new RootCommand(
    "The network agent of one node: BGP, address blocks, kernel routes, pods, Services. A SIGTERM is a stop for "
    + "restart: routes stay.") { config };
var flags = new Dictionary<string, Option<string?>>(StringComparer.Ordinal);
foreach (var setting in SettingsTable.All)
{
    flags[setting.Key] = new Option<string?>(setting.Flag)
    {
        Description = $"{setting.Meaning} Allowed: {setting.Allowed}. Environment: {setting.Variable}. Default: "
            + $"{setting.Default}",
        HelpName = "value",
    };
    root.Options.Add(flags[setting.Key]);
}

var table = new Command("settings", "Print the table of all settings in Markdown.");
table.SetAction(_ => Console.Out.Write(SettingsTable.ToMarkdown()));
root.Subcommands.Add(table);

root.SetAction(async (parsed, cancellation) =>
{
    AgentSettings settings;
    try
    {
        var given = flags
            .Select(flag => (flag.Key, Text: parsed.GetValue(flag.Value)))
            .Where(flag => flag.Text is not null)
            .ToDictionary(flag => flag.Key, flag => flag.Text!, StringComparer.Ordinal);
        settings = SettingsReader.Read(parsed.GetValue(config), Environment.GetEnvironmentVariable, given);
    }
    catch (SettingsException error)
    {
        await Console.Error.WriteLineAsync($"agent: {error.Message}");
        return 2;
    }

    return await AgentProcess.RunAsync(settings, BuildVersion(), cancellation);
});

// Signals are the agent's own business: it stops in order, however long the parser would wait.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });

static string BuildVersion() =>
    Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
    ?? "unknown";
