namespace Agent.PostgreSql.Tests;

public sealed class PostgresAddressTests
{
    [Theory]
    [InlineData("postgres://u:p%40ss@db.example:6543/agent", "postgres://u@db.example:6543/agent?schema=cluster")]
    [InlineData("postgresql://[fd00::1]/agent?schema=east", "postgres://[fd00::1]:5432/agent?schema=east")]
    [InlineData("postgres:///agent?host=/run/postgresql&schema=node-a.x", "postgres:///run/postgresql:5432/agent?schema=node-a.x")]
    public void An_address_is_read_and_shown_without_its_password(string url, string shown)
    {
        Assert.True(PostgresAddress.IsUrl(url));
        Assert.Equal(shown, PostgresAddress.Parse(url, "cluster").ToString());
    }

    [Theory]
    [InlineData("postgres://h/x", "postgres://h/x?schema=node")]
    [InlineData("postgres://h/x?sslmode=require", "postgres://h/x?sslmode=require&schema=node")]
    [InlineData("postgres://h/x?sslmode=require&schema=mine", "postgres://h/x?sslmode=require&schema=mine")]
    public void A_schema_is_added_where_none_is_named(string url, string with) =>
        Assert.Equal(with, PostgresAddress.WithSchema(url, "node"));

    [Theory]
    [InlineData("/var/lib/agent/cluster.db", "not the address of a PostgreSQL database")]
    [InlineData("postgres://host:bad:port/x", "not the address of a PostgreSQL database")]
    [InlineData("postgres://u:secret@host", "names no database")]
    [InlineData("postgres://u:secret@host/x?scheme=y", "unknown option 'scheme'")]
    [InlineData("postgres://u:secret@host/x?schema=Upper", "'Upper' cannot be a schema")]
    [InlineData("postgres://u:secret@host/x?schema=pg_temp", "'pg_temp' cannot be a schema")]
    [InlineData("postgres://u:secret@host/x?sslmode=never", "sslmode 'never' is unknown")]
    public void What_is_none_is_refused_without_showing_the_password(string url, string message)
    {
        var wrong = Assert.Throws<FormatException>(() => PostgresAddress.Parse(url, "cluster"));
        Assert.Contains(message, wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", wrong.Message, StringComparison.Ordinal);
    }
}
