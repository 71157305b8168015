using System.Net;
using Agent.Runtime.Remote;

namespace Agent.Semantics.Own.Clustering;

/// <summary>How many connections may come before they have shown who they are.</summary>
public sealed class NewcomersTests
{
    private static readonly IPAddress One = IPAddress.Parse("10.0.0.1");
    private static readonly IPAddress Two = IPAddress.Parse("10.0.0.2");
    private static readonly IPAddress Three = IPAddress.Parse("10.0.0.3");

    private readonly Newcomers _newcomers = new(6, 4);

    [Fact]
    public void Of_one_address_there_are_a_few_and_others_still_get_in()
    {
        Enter(One, 4);
        Assert.Equal((false, "4 connections from 10.0.0.1 have not shown who they are yet"), Try(One));
        Assert.Equal((true, null), Try(Two));
    }

    [Fact]
    public void In_all_there_are_so_many()
    {
        Enter(One, 4);
        Enter(Two, 2);
        Assert.Equal((false, "6 connections have not shown who they are yet"), Try(Three));
        Assert.Equal((false, null), Try(Three));
        _newcomers.Leave(One);
        Assert.Equal((true, null), Try(Three));
    }

    [Fact]
    public void It_is_news_again_when_half_of_them_have_gone()
    {
        Enter(One, 4);
        Assert.NotNull(Try(One).News);
        _newcomers.Leave(One);
        Enter(One, 1);
        Assert.Equal((false, null), Try(One));
        _newcomers.Leave(One);
        _newcomers.Leave(One);
        Enter(One, 2);
        Assert.NotNull(Try(One).News);
    }

    private (bool Enters, string? News) Try(IPAddress from) => (_newcomers.TryEnter(from, out var news), news);

    private void Enter(IPAddress from, int count)
    {
        for (var i = 0; i < count; i++)
            Assert.Equal((true, null), Try(from));
    }
}
