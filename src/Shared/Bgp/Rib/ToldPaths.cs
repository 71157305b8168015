namespace Agent.Bgp.Rib;

/// <summary>What a group whose members take several paths (RFC 7911) has been told: a list for each prefix, by path
/// identifier, without an object for either.</summary>
internal sealed class ToldPaths
{
    /// <summary>Behind the last path of a prefix.</summary>
    public const int End = 0;

    private readonly ChunkedArray<int> _heads = new();
    private readonly ChunkedArray<Node> _nodes = new();
    private int _reserved;
    private int _high = 1;
    private int _firstFree;

    private struct Node
    {
        public uint PathId;
        public int Next;
        public Advertised Told;
    }

    /// <summary>There are no paths of prefixes from here on.</summary>
    public int High => _reserved;

    /// <summary>The first path of a prefix; <see cref="End"/> when there is none.</summary>
    public int First(int prefix) => prefix < _reserved ? _heads[prefix] : End;

    /// <summary>The path behind another.</summary>
    public int After(int at) => _nodes[at].Next;

    /// <summary>The identifier under which a path was told.</summary>
    public uint PathIdOf(int at) => _nodes[at].PathId;

    /// <summary>What was told about it.</summary>
    public ref Advertised this[int at] => ref _nodes[at].Told;

    /// <summary>Adds a path to those of a prefix.</summary>
    public void Add(int prefix, uint pathId, Advertised told)
    {
        if (prefix >= _reserved)
        {
            _reserved = prefix + 1;
            _heads.Reserve(_reserved);
        }

        var at = _firstFree;
        if (at != 0) _firstFree = _nodes[at].Next;
        else _nodes.Reserve((at = _high++) + 1);
        _nodes[at] = new Node { PathId = pathId, Next = _heads[prefix], Told = told };
        _heads[prefix] = at;
    }

    /// <summary>Takes a path out of those of a prefix.</summary>
    public void Remove(int prefix, int at)
    {
        ref var link = ref _heads[prefix];
        while (link != at) link = ref _nodes[link].Next;
        link = _nodes[at].Next;
        _nodes[at] = new Node { Next = _firstFree };
        _firstFree = at;
    }
}

/// <summary>Goes over what a group has been told about one prefix: one path, or several with ADD-PATH.</summary>
internal ref struct ToldEnumerator(UpdateGroup group, int prefix)
{
    private readonly UpdateGroup _group = group;
    private readonly int _prefix = prefix;
    private int _next = group.Paths?.First(prefix) ?? (group[prefix].Attributes != 0 ? prefix + 1 : ToldPaths.End);

    /// <summary>The path's identifier; 0 without ADD-PATH.</summary>
    public uint PathId { get; private set; }

    /// <summary>What was told about it.</summary>
    public Advertised Told { get; private set; }

    /// <summary>Goes on to the next path; false behind the last.</summary>
    public bool Next()
    {
        if (_next == ToldPaths.End) return false;
        if (_group.Paths is { } paths)
        {
            (PathId, Told) = (paths.PathIdOf(_next), paths[_next]);
            _next = paths.After(_next);
        }
        else
        {
            Told = _group[_prefix];
            _next = ToldPaths.End;
        }

        return true;
    }
}
