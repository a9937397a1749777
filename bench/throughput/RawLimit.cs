namespace Nova.Throughput;

/// <summary>(a) The raw limit: how many signed POSTs a second SocketsHttpHandler makes. No store, no queue, nothing in front.</summary>
internal static class RawLimit
{
    public static async Task<int> RunAsync(Arguments arguments, CancellationToken cancellation)
    {
        var url = arguments.Required("url");
        var concurrency = arguments.Number("concurrency", 64, 1, 4096);
        var warmUp = arguments.Number("warmup", 3, 0, 600);
        var seconds = arguments.Number("seconds", 10, 1, 3600);
        arguments.RefuseUnknown();

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var post = new SignedPost(url, concurrency);
        var body = Payload.Delivered();
        var failed = 0L;
        var sent = 0L;
        var senders = Enumerable.Range(0, concurrency).Select(_ => Task.Run(SendAsync, cancellation)).ToArray();
        await Window.PassAsync(warmUp, seconds, () => $"{Interlocked.Read(ref sent)}", stop, cancellation);
        await Task.WhenAll(senders);
        Window.Done(new { sent, failed });
        return 0;

        async Task SendAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                // Not the stopping token: what was begun is finished, so that both ends count the same.
                if (await post.SendAsync(body, CancellationToken.None))
                    Interlocked.Increment(ref sent);
                else
                    Interlocked.Increment(ref failed);
            }
        }
    }
}
