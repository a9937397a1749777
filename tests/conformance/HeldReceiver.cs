using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Nova.ConformanceTests;

/// <summary>A receiver that answers only when the test says so: for what happens while an attempt is under way.</summary>
internal sealed class HeldReceiver : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stop = new();
    readonly SemaphoreSlim _arrived = new(0);
    readonly SemaphoreSlim _answers = new(0);
    readonly Task _serving;
    int _status;

    public HeldReceiver()
    {
        _listener.Start();
        _serving = ServeAsync();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/held";

    /// <summary>Completes when the next request has come whole.</summary>
    public Task ArrivedAsync() => _arrived.WaitAsync(TimeSpan.FromSeconds(60));

    /// <summary>Lets the request that has arrived be answered.</summary>
    public void Answer(int status)
    {
        _status = status;
        _answers.Release();
    }

    async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                using var stream = client.GetStream();
                await ReadRequestAsync(stream);
                _arrived.Release();
                await _answers.WaitAsync(_stop.Token);
                await stream.WriteAsync(
                    Encoding.ASCII.GetBytes($"HTTP/1.1 {_status} Answer\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    async Task ReadRequestAsync(NetworkStream stream)
    {
        var text = "";
        var buffer = new byte[4096];
        while (true)
        {
            text += Encoding.Latin1.GetString(buffer, 0, await stream.ReadAsync(buffer, _stop.Token));
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0) continue;
            const string Length = "Content-Length: ";
            var at = text.IndexOf(Length, StringComparison.OrdinalIgnoreCase) + Length.Length;
            var length = int.Parse(text[at..text.IndexOf('\r', at)], CultureInfo.InvariantCulture);
            if (text.Length >= end + 4 + length) return;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _stop.Dispose();
        _arrived.Dispose();
        _answers.Dispose();
    }
}
