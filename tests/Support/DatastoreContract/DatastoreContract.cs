using System.Text.Json;
using Agent.Resources;
using static Agent.Datastore.Contract.Samples;

namespace Agent.Datastore.Contract;

/// <summary>What every backend must do; a backend's test class says how to open it.</summary>
public abstract class DatastoreContract : IAsyncLifetime
{
    private readonly List<IDatastore> _opened = [];

    /// <summary>A client of the test's one datastore, made on the first call; each further call is another client of the same data.</summary>
    protected abstract Task<IDatastore> ConnectAsync(int historyLimit);

    protected async Task<IDatastore> ConnectAsync()
    {
        var datastore = await ConnectAsync(historyLimit: 1000);
        _opened.Add(datastore);
        return datastore;
    }

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync()
    {
        foreach (var datastore in _opened) await datastore.DisposeAsync();
    }

    [Fact]
    public async Task A_created_resource_is_read_back_whole_with_uid_revision_and_creation_time()
    {
        var datastore = await ConnectAsync();
        var wanted = APool("a", """{"cidr":"10.48.0.0/16","blockSize":26,"nested":{"list":[1,"ü",null,true]}}""") with
        {
            Labels = Resource.EmptyMap.Add("zone", "a").Add("app", "web \"quoted\""),
            Annotations = Resource.EmptyMap.Add("note", "zwei\nZeilen"),
            Status = JsonElement.Parse("""{"conditions":[]}"""),
            Uid = "ignored",
            Revision = 99,
        };

        var written = await datastore.CreateAsync(wanted).WrittenAsync();

        Assert.NotEqual("ignored", written.Uid);
        Assert.True(Guid.TryParse(written.Uid, out _));
        Assert.Equal(1, written.Revision);
        Assert.NotNull(written.CreationTimestamp);
        var expected = wanted with
        {
            Uid = written.Uid,
            Revision = written.Revision,
            CreationTimestamp = written.CreationTimestamp,
        };
        Assert.Equal(expected.Text(), written.Text());
        Assert.Equal(expected.Text(), (await datastore.GetAsync(wanted.Key))!.Text());
    }

    [Fact]
    public async Task A_resource_without_status_labels_and_annotations_has_none_when_read()
    {
        var datastore = await ConnectAsync();

        await datastore.CreateAsync(APod("web", "nginx")).WrittenAsync();
        var read = await datastore.GetAsync(new ResourceKey(Samples.Pod, "nginx", "web"));

        Assert.Equal(JsonValueKind.Undefined, read!.Status.ValueKind);
        Assert.Equal("{}", read.Spec.GetRawText());
        Assert.Empty(read.Labels);
        Assert.Empty(read.Annotations);
    }

    [Fact]
    public async Task A_name_that_is_taken_cannot_be_created_and_the_answer_shows_what_is_there()
    {
        var datastore = await ConnectAsync();
        var first = await datastore.CreateAsync(APool("a")).WrittenAsync();

        var second = await datastore.CreateAsync(APool("a", """{"cidr":"10.49.0.0/16"}"""));

        Assert.Equal(first.Text(), Assert.IsType<WriteResult.Exists>(second).Current.Text());
    }

    [Fact]
    public async Task The_same_name_in_two_namespaces_and_kinds_is_three_resources()
    {
        var datastore = await ConnectAsync();

        await datastore.CreateAsync(APod("a", "x")).WrittenAsync();
        await datastore.CreateAsync(APod("b", "x")).WrittenAsync();
        await datastore.CreateAsync(APool("x")).WrittenAsync();

        Assert.Equal(["Pod(a/x)", "Pod(b/x)"], (await datastore.ListAsync(Samples.Pod)).Items.Select(item => item.Key.ToString()));
        Assert.Equal(["Pod(b/x)"], (await datastore.ListAsync(Samples.Pod, "b")).Items.Select(item => item.Key.ToString()));
        Assert.Equal(["IPPool(x)"], (await datastore.ListAsync(Pool)).Items.Select(item => item.Key.ToString()));
    }

    [Fact]
    public async Task A_list_is_ordered_by_namespace_and_name_ordinally_and_tells_its_revision()
    {
        var datastore = await ConnectAsync();
        foreach (var (@namespace, name) in new[] { ("b", "a"), ("a", "b"), ("a", "B"), ("a", "a-1"), ("a", "a1") })
            await datastore.CreateAsync(APod(@namespace, name)).WrittenAsync();
        await datastore.CreateAsync(APool("later")).WrittenAsync();

        var list = await datastore.ListAsync(Samples.Pod);

        Assert.Equal(["a/B", "a/a-1", "a/a1", "a/b", "b/a"], list.Items.Select(item => $"{item.Namespace}/{item.Name}"));
        Assert.Equal(6, list.Revision);
    }

    [Fact]
    public async Task An_empty_datastore_lists_nothing_at_revision_zero()
    {
        var list = await (await ConnectAsync()).ListAsync(Pool);

        Assert.Empty(list.Items);
        Assert.Equal(0, list.Revision);
    }

    [Fact]
    public async Task An_update_at_the_read_revision_replaces_everything_but_uid_and_creation_time()
    {
        var datastore = await ConnectAsync();
        var created = await datastore.CreateAsync(APool("a") with { Labels = Resource.EmptyMap.Add("old", "1") }).WrittenAsync();
        var wanted = APool("a", """{"cidr":"10.49.0.0/16"}""") with
        {
            Revision = created.Revision,
            Annotations = Resource.EmptyMap.Add("new", "2"),
        };

        var updated = await datastore.UpdateAsync(wanted).WrittenAsync();

        Assert.Equal(
            (wanted with { Uid = created.Uid, CreationTimestamp = created.CreationTimestamp, Revision = 2 }).Text(), updated.Text());
        Assert.Equal(updated.Text(), (await datastore.GetAsync(wanted.Key))!.Text());
    }

    [Fact]
    public async Task An_update_at_an_old_revision_conflicts_and_shows_the_current_resource()
    {
        var datastore = await ConnectAsync();
        var created = await datastore.CreateAsync(APool("a")).WrittenAsync();
        var updated = await datastore.UpdateAsync(created.Counting(1)).WrittenAsync();

        var late = await datastore.UpdateAsync(created.Counting(2));

        Assert.Equal(updated.Text(), Assert.IsType<WriteResult.Conflict>(late).Current.Text());
        Assert.Equal(1, (await datastore.GetAsync(created.Key))!.Count());
    }

    [Fact]
    public async Task An_update_meant_for_another_incarnation_conflicts()
    {
        var datastore = await ConnectAsync();
        var first = await datastore.CreateAsync(APool("a")).WrittenAsync();
        await datastore.DeleteAsync(first.Key, null).WrittenAsync();
        var second = await datastore.CreateAsync(APool("a")).WrittenAsync();

        var answer = await datastore.UpdateAsync(second with { Uid = first.Uid });

        Assert.NotEqual(first.Uid, second.Uid);
        Assert.Equal(second.Text(), Assert.IsType<WriteResult.Conflict>(answer).Current.Text());
    }

    [Fact]
    public async Task What_is_not_there_cannot_be_updated_deleted_or_read()
    {
        var datastore = await ConnectAsync();
        var missing = APool("missing");

        Assert.Equal(new WriteResult.NotFound(missing.Key), await datastore.UpdateAsync(missing));
        Assert.Equal(new WriteResult.NotFound(missing.Key), await datastore.DeleteAsync(missing.Key, null));
        Assert.Equal(new WriteResult.NotFound(missing.Key), await datastore.DeleteAsync(missing.Key, 7));
        Assert.Null(await datastore.GetAsync(missing.Key));
    }

    [Fact]
    public async Task A_deletion_answers_what_was_there_last_with_a_revision_of_its_own()
    {
        var datastore = await ConnectAsync();
        var created = await datastore.CreateAsync(APool("a")).WrittenAsync();

        var deleted = await datastore.DeleteAsync(created.Key, created.Revision).WrittenAsync();

        Assert.Equal((created with { Revision = 2 }).Text(), deleted.Text());
        Assert.Null(await datastore.GetAsync(created.Key));
        Assert.Equal(2, (await datastore.ListAsync(Pool)).Revision);
    }

    [Fact]
    public async Task A_deletion_at_an_old_revision_conflicts()
    {
        var datastore = await ConnectAsync();
        var created = await datastore.CreateAsync(APool("a")).WrittenAsync();
        var updated = await datastore.UpdateAsync(created).WrittenAsync();

        var answer = await datastore.DeleteAsync(created.Key, created.Revision);

        Assert.Equal(updated.Text(), Assert.IsType<WriteResult.Conflict>(answer).Current.Text());
        Assert.NotNull(await datastore.GetAsync(created.Key));
    }

    [Fact]
    public async Task A_resource_that_could_not_be_read_back_is_refused()
    {
        var datastore = await ConnectAsync();

        var spec = await Assert.ThrowsAsync<ArgumentException>(() => datastore.CreateAsync(APool("a", "[1]")));
        var status = await Assert.ThrowsAsync<ArgumentException>(
            () => datastore.UpdateAsync(APool("a") with { Status = JsonElement.Parse("7") }));
        var name = await Assert.ThrowsAsync<ArgumentException>(() => datastore.CreateAsync(APool("")));
        var @namespace = await Assert.ThrowsAsync<ArgumentException>(() => datastore.CreateAsync(APod("", "a")));

        Assert.StartsWith("the spec of IPPool(a) is Array, not a JSON object", spec.Message, StringComparison.Ordinal);
        Assert.StartsWith("the status of IPPool(a) is Number, not a JSON object", status.Message, StringComparison.Ordinal);
        Assert.StartsWith("a IPPool needs a name", name.Message, StringComparison.Ordinal);
        Assert.StartsWith("the namespace of Pod(/a) is empty", @namespace.Message, StringComparison.Ordinal);
        Assert.Equal(0, (await datastore.ListAsync(Pool)).Revision);
    }

    [Fact]
    public async Task A_stored_resource_survives_the_document_that_it_was_parsed_from()
    {
        var datastore = await ConnectAsync();
        using (var document = JsonDocument.Parse("""{"spec":{"cidr":"10.0.0.0/8"},"status":{"ok":true}}"""))
        {
            var root = document.RootElement;
            await datastore.CreateAsync(
                APool("a") with { Spec = root.GetProperty("spec"), Status = root.GetProperty("status") }).WrittenAsync();
        }

        var read = await datastore.GetAsync(new ResourceKey(Pool, "a"));

        Assert.Equal("""{"cidr":"10.0.0.0/8"}""", read!.Spec.GetRawText());
        Assert.Equal("""{"ok":true}""", read.Status.GetRawText());
    }

    [Fact]
    public async Task Eight_writers_that_retry_on_conflict_lose_no_increment()
    {
        const int writers = 8, increments = 200;
        var clients = new List<IDatastore>();
        for (var i = 0; i < 4; i++) clients.Add(await ConnectAsync());
        var key = (await clients[0].CreateAsync(APool("counter").Counting(0)).WrittenAsync()).Key;

        await Task.WhenAll(Enumerable.Range(0, writers).Select(i => Task.Run(() => Increment(clients[i % clients.Count]))));

        var final = (await clients[0].GetAsync(key))!;
        Assert.Equal(writers * increments, final.Count());
        Assert.Equal(1 + writers * increments, final.Revision);

        async Task Increment(IDatastore datastore)
        {
            var seen = (await datastore.GetAsync(key))!;
            for (var done = 0; done < increments;)
            {
                switch (await datastore.UpdateAsync(seen.Counting(seen.Count() + 1)))
                {
                    case WriteResult.Written(var written):
                        seen = written;
                        done++;
                        break;
                    case WriteResult.Conflict(var current):
                        seen = current;
                        break;
                    default:
                        Assert.Fail("an update can only be written or conflict here");
                        break;
                }
            }
        }
    }

    [Fact]
    public async Task Of_many_clients_that_create_one_name_exactly_one_succeeds()
    {
        var clients = new List<IDatastore>();
        for (var i = 0; i < 4; i++) clients.Add(await ConnectAsync());

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(i => Task.Run(() => clients[i % 4].CreateAsync(APool("one").Counting(i)))));

        var winner = Assert.Single(answers.OfType<WriteResult.Written>()).Resource;
        Assert.Equal(15, answers.OfType<WriteResult.Exists>().Count(exists => exists.Current.Text() == winner.Text()));
    }

    [Fact]
    public async Task A_cancelled_request_is_not_carried_out()
    {
        var datastore = await ConnectAsync();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => datastore.CreateAsync(APool("a"), cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => datastore.GetAsync(APool("a").Key, cancelled.Token));

        Assert.Equal(0, (await datastore.ListAsync(Pool)).Revision);
    }

    [Fact]
    public async Task A_closed_datastore_refuses_requests()
    {
        var datastore = await ConnectAsync();

        await datastore.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => datastore.GetAsync(APool("a").Key));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => datastore.CreateAsync(APool("a")));
        Assert.Throws<ObjectDisposedException>(() => datastore.Watch(Pool, 0, _ => { }));
    }
}
