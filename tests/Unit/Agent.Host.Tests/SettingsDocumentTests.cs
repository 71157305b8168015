using Agent.Host.Settings;

namespace Agent.Host.Tests;

/// <summary>The document of the settings says what the program does.</summary>
public sealed class SettingsDocumentTests
{
    private const string Begin = "<!-- settings: begin; printed by 'agent settings' -->\n";
    private const string End = "<!-- settings: end -->\n";

    [Fact]
    public void The_document_shows_the_table_that_the_agent_prints()
    {
        var document = File.ReadAllText(Path.Combine(Root(), "docs/operate/settings.md"));

        var table = document.Split(Begin)[1].Split(End)[0];

        Assert.Equal(SettingsTable.ToMarkdown(), table);
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Agent.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }
}
