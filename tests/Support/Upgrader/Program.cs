using System.Text.Json;
using Agent.Datastore;
using Agent.Datastore.PostgreSql;
using Agent.Datastore.Sqlite;
using Agent.PostgreSql;
using Agent.Runtime.Hosting;
using Agent.Runtime.Sql;

// Opens a journal or a cluster's datastore as an agent of a later release does, and ends: schema-upgrader journal|cluster PLACE [STEP...].
// The steps are the upgrades of the later release. It says "opening" and "opened"; what goes wrong ends it with a message.
var (kind, place, steps) = (args[0], args[1], args[2..]);
var patience = TimeSpan.FromMinutes(5);
Console.WriteLine("opening");
if (kind == "journal") OpenJournal();
else if (PostgresAddress.IsUrl(place)) await OpenPostgresAsync();
else await OpenFileAsync();
Console.WriteLine("opened");

void OpenJournal()
{
    while (true)
    {
        try
        {
            NodeJournal.Open(new NodeJournalSettings(place, new JsonEventSerializer(new JsonSerializerOptions()))
            {
                CreateAs = new JournalIdentity("upgraded", "machine", 1),
                LaterUpgrades = steps,
            }).Dispose();
            return;
        }
        catch (JournalException e) when (e.Problem is JournalProblem.Held or JournalProblem.Unreachable)
        {
            // As whoever starts agents does: again, until the journal is free, and its server not too busy to answer.
            Thread.Yield();
        }
    }
}

async Task OpenPostgresAsync()
{
    while (true)
    {
        try
        {
            await (await PostgresDatastore.OpenAsync(
                place,
                new PostgresDatastoreOptions { CreateIfMissing = true, LockTimeout = patience, LaterUpgrades = steps })).DisposeAsync();
            return;
        }
        catch (DatastoreUnavailableException e) when (e.GetBaseException() is TimeoutException)
        {
            // As above: a server on a busy machine may be slow to answer.
            Console.Error.WriteLine(e.Message);
        }
    }
}

async Task OpenFileAsync() => await (await SqliteDatastore.OpenAsync(
    place,
    new SqliteDatastoreOptions { CreateIfMissing = true, BusyTimeout = patience, LaterUpgrades = steps })).DisposeAsync();
