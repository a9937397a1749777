using Nova.UnitTests.Egress;
using static Nova.IntegrationTests.Egress.EgressFixture;

namespace Nova.IntegrationTests.Egress;

public class RedirectTests
{
    [Fact]
    public async Task No_redirect_of_the_corpus_is_followed_and_its_location_is_kept()
    {
        var rows = Corpus.Rows("ssrf_redirects.tsv");
        var (status, location) = (0, "");
        await using var receiver = new RawReceiver(async connection =>
        {
            while (await connection.ReadAsync() is not null)
                await connection.WriteAsync($"HTTP/1.1 {status} Away\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        });
        await using var client = NewClient();

        for (var i = 0; i < rows.Count; i++)
        {
            (status, location) = (int.Parse(rows[i][0], System.Globalization.CultureInfo.InvariantCulture), rows[i][1]);
            var result = await client.PostAsync(Post(receiver.Url()), CancellationToken.None);

            Assert.Equal(status, result.Status);
            Assert.Contains($"Location: {location}\r\n", result.ResponseHeaders.Text(), StringComparison.Ordinal);
            Assert.Equal(i + 1, receiver.Requests.Count);
            Assert.Equal(1, receiver.Connections);
        }

        Assert.NotEmpty(rows);
    }
}
