using System.Net;

namespace Agent.Runtime.Remote;

/// <summary>Bounds the connections that have not yet shown who they are: in all, and those from one address.</summary>
/// <remarks>A refusal is news once: until half of those that were too many have gone.</remarks>
internal sealed class Newcomers(int most, int mostOfOne)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, Crowd> _from = [];
    private readonly Crowd _all = new();

    /// <summary>Lets one more in; false where there are too many.</summary>
    /// <param name="from">Whence it comes.</param>
    /// <param name="news">Why it is refused, where that has not been said before.</param>
    public bool TryEnter(IPAddress from, out string? news)
    {
        lock (_lock)
        {
            if (!_all.HasRoom(most, out var isNews))
            {
                news = isNews ? $"{most} connections have not shown who they are yet" : null;
                return false;
            }

            var crowd = _from.GetValueOrDefault(from) ?? new Crowd();
            if (!crowd.HasRoom(mostOfOne, out isNews))
            {
                news = isNews ? $"{mostOfOne} connections from {from} have not shown who they are yet" : null;
                return false;
            }

            _from[from] = crowd;
            _all.Count++;
            crowd.Count++;
            news = null;
            return true;
        }
    }

    /// <summary>One has shown who it is, or is gone.</summary>
    public void Leave(IPAddress from)
    {
        lock (_lock)
        {
            _all.Leave(most);
            var crowd = _from[from];
            crowd.Leave(mostOfOne);
            if (crowd.Count == 0)
                _from.Remove(from);
        }
    }

    private sealed class Crowd
    {
        private bool _isFull;

        public int Count { get; set; }

        public bool HasRoom(int most, out bool isNews)
        {
            isNews = Count >= most && !_isFull;
            _isFull |= isNews;
            return Count < most;
        }

        public void Leave(int most) => _isFull &= --Count > most / 2;
    }
}
