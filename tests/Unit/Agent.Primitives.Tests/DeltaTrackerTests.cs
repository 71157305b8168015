namespace Agent.Primitives.Tests;

public sealed class DeltaTrackerTests
{
    private readonly DeltaTracker<int, string> _tracker = new();

    [Fact]
    public void What_should_be_and_is_not_waits_to_be_created()
    {
        _tracker.SetDesired(2, "b");
        _tracker.SetDesired(1, "a");

        Assert.Equal([new(1, "a", true, null, false), new(2, "b", true, null, false)], _tracker.Pending());
        Assert.Equal((2, false), (_tracker.PendingCount, _tracker.IsSettled));
    }

    [Fact]
    public void What_is_and_should_not_be_waits_to_be_deleted_and_what_differs_to_be_updated()
    {
        _tracker.ReplaceActual([new(1, "old"), new(2, "same"), new(3, "gone")]);
        _tracker.ReplaceDesired([new(1, "new"), new(2, "same")]);

        Assert.Equal([new(1, "new", true, "old", true), new(3, null, false, "gone", true)], _tracker.Pending());
    }

    [Fact]
    public void Learning_that_it_is_so_settles_it()
    {
        _tracker.SetDesired(1, "a");
        _tracker.SetActual(1, "a");
        Assert.True(_tracker.IsSettled);

        _tracker.RemoveDesired(1);
        Assert.Equal([new(1, null, false, "a", true)], _tracker.Pending());
        _tracker.RemoveActual(1);
        Assert.True(_tracker.IsSettled);
    }

    [Fact]
    public void A_resync_brings_back_what_someone_else_removed_and_finds_what_someone_else_added()
    {
        _tracker.ReplaceDesired([new(1, "a"), new(2, "b")]);
        _tracker.ReplaceActual([new(1, "a"), new(2, "b")]);
        Assert.True(_tracker.IsSettled);

        _tracker.ReplaceActual([new(2, "b"), new(7, "alien")]);

        Assert.Equal([new(1, "a", true, null, false), new(7, null, false, "alien", true)], _tracker.Pending());
        Assert.Equal([new(2, "b"), new(7, "alien")], _tracker.Actual);
        Assert.Equal([new(1, "a"), new(2, "b")], _tracker.Desired);
    }

    [Fact]
    public void Removing_what_was_never_there_changes_nothing()
    {
        _tracker.RemoveDesired(1);
        _tracker.RemoveActual(1);

        Assert.True(_tracker.IsSettled);
        Assert.False(_tracker.TryGetDesired(1, out _));
        Assert.False(_tracker.TryGetActual(1, out _));
    }

    [Fact]
    public void Both_sides_can_be_asked_for_one_item()
    {
        _tracker.SetDesired(1, "wish");
        _tracker.SetActual(1, "fact");

        Assert.True(_tracker.TryGetDesired(1, out var wish));
        Assert.True(_tracker.TryGetActual(1, out var fact));
        Assert.Equal(("wish", "fact"), (wish, fact));
    }

    [Fact]
    public void Items_may_be_settled_while_the_list_of_changes_is_walked()
    {
        for (var i = 0; i < 10; i++) _tracker.SetDesired(i, "x");

        foreach (var change in _tracker.Pending()) _tracker.SetActual(change.Key, change.Desired!);

        Assert.True(_tracker.IsSettled);
    }

    [Fact]
    public void A_walk_gives_each_change_once_and_what_it_settles_is_done()
    {
        for (var i = 0; i < 100; i++) _tracker.SetDesired(i, "new");
        for (var i = 50; i < 150; i++) _tracker.SetActual(i, "old");

        var (set, removed, cursor) = (new List<int>(), new List<int>(), 0);
        while (_tracker.NextSetting(ref cursor, out var change))
        {
            set.Add(change.Key);
            if (change.Key % 3 != 0) _tracker.SettleLast();
        }

        cursor = 0;
        while (_tracker.NextRemoval(ref cursor, out var change))
        {
            removed.Add(change.Key);
            if (change.Key % 3 != 0) _tracker.SettleLast();
        }

        Assert.Equal(Enumerable.Range(0, 100), set.Order());
        Assert.Equal(Enumerable.Range(100, 50), removed.Order());
        Assert.Equal(Enumerable.Range(0, 150).Where(key => key % 3 == 0), _tracker.Pending().Select(change => change.Key));
        Assert.True(_tracker.TryGetActual(1, out var created));
        Assert.True(_tracker.TryGetActual(52, out var updated));
        Assert.False(_tracker.TryGetActual(100, out _));
        Assert.Equal(("new", "new"), (created, updated));
        Assert.Equal((100, 33 + 50 + 16), (_tracker.DesiredCount, _tracker.ActualCount));
    }

    [Fact]
    public void A_walk_goes_through_neighbours_as_by_chance_and_in_every_run_alike()
    {
        var other = new DeltaTracker<int, string>();
        for (var i = 0; i < 1_000; i++)
        {
            _tracker.SetDesired(i, "x");
            other.SetDesired(i, "x");
        }

        var (walk, cursor) = (new List<int>(), 0);
        while (_tracker.NextSetting(ref cursor, out var change)) walk.Add(change.Key);
        var (again, otherCursor) = (new List<int>(), 0);
        while (other.NextSetting(ref otherCursor, out var change)) again.Add(change.Key);

        Assert.Equal(walk, again);
        Assert.InRange(walk.Zip(walk.Skip(1)).Count(pair => Math.Abs(pair.First - pair.Second) < 10), 0, 50);
    }

    [Fact]
    public void Only_what_a_walk_has_just_given_can_be_settled()
    {
        _tracker.SetDesired(1, "a");
        var cursor = 0;
        Assert.True(_tracker.NextSetting(ref cursor, out _));
        _tracker.SetDesired(1, "b");

        Assert.Throws<InvalidOperationException>(_tracker.SettleLast);
        Assert.False(_tracker.IsSettled);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_road_to_the_same_two_sides_leaves_the_same_to_do(int seed)
    {
        var random = new Random(seed);
        var desired = new SortedDictionary<int, string>();
        var actual = new SortedDictionary<int, string>();
        for (var step = 0; step < 2_000; step++)
        {
            var (key, value) = (random.Next(40), random.Next(3).ToString(System.Globalization.CultureInfo.InvariantCulture));
            var cursor = 0;
            switch (random.Next(6))
            {
                case 4:
                    if (!_tracker.NextSetting(ref cursor, out var setting)) break;
                    actual[setting.Key] = setting.Desired!;
                    _tracker.SettleLast();
                    break;
                case 5:
                    if (!_tracker.NextRemoval(ref cursor, out var removal)) break;
                    actual.Remove(removal.Key);
                    _tracker.SettleLast();
                    break;
                case 0: _tracker.SetDesired(key, desired[key] = value); break;
                case 1: _tracker.SetActual(key, actual[key] = value); break;
                case 2:
                    desired.Remove(key);
                    _tracker.RemoveDesired(key);
                    break;
                default:
                    actual.Remove(key);
                    _tracker.RemoveActual(key);
                    break;
            }
        }

        var fresh = new DeltaTracker<int, string>();
        fresh.ReplaceDesired(desired);
        fresh.ReplaceActual(actual);
        Assert.Equal(fresh.Pending(), _tracker.Pending());
        Assert.Equal((desired.Count, actual.Count), (_tracker.DesiredCount, _tracker.ActualCount));
    }
}
