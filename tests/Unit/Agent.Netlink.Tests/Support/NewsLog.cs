using System.Threading.Channels;

namespace Agent.Netlink.Tests.Support;

/// <summary>Collects news and waits for what a test expects, for a bounded time.</summary>
public sealed class NewsLog
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Channel<KernelNews> _news = Channel.CreateUnbounded<KernelNews>();

    public void Add(KernelNews news) => _news.Writer.TryWrite(news);

    /// <summary>The next news of that type that satisfies the condition; what comes before it is passed over.</summary>
    public async Task<T> NextAsync<T>(Func<T, bool>? where = null)
        where T : KernelNews
    {
        using var patience = new CancellationTokenSource(Patience);
        await foreach (var news in _news.Reader.ReadAllAsync(patience.Token))
            if (news is T wanted && (where is null || where(wanted))) return wanted;

        throw new InvalidOperationException("the log never ends");
    }
}
