using Nova.Model;

namespace Nova.Delivering;

/// <summary>
/// One endpoint's deliveries on this node: those that wait, and how many may be attempted at once.
/// </summary>
/// <remarks>
/// A queue asks the engine for a worker by handing out a token; it never has more tokens out than its limit, so an endpoint that hangs
/// holds that many workers and no more. The limit follows the endpoint as a congestion window follows a network: it grows by one with each
/// answer, up to the configured most, and falls by half with each attempt that got none, down to one.
/// A lock and not a channel, because four counters change together with the queue; it is held for nanoseconds.
/// </remarks>
internal sealed class EndpointQueue(Id<Endpoint> endpointId, DeliveringOptions options)
{
    readonly Lock _lock = new();
    readonly Queue<HeldDelivery> _waiting = new();
    int _reserved;
    int _tokens;
    int _limit = Math.Min(options.FirstConcurrentAttemptsPerEndpoint, options.MaxConcurrentAttemptsPerEndpoint);

    public Id<Endpoint> EndpointId { get; } = endpointId;

    /// <summary>
    /// Set when something had to stay in the store for want of room. Until the store has been emptied, later deliveries stay there too:
    /// otherwise new ones would pass the old ones for ever.
    /// </summary>
    public bool Spilled { get; set; }

    /// <summary>How many more deliveries may come.</summary>
    public int Room
    {
        get { lock (_lock) return Math.Max(0, options.QueuedPerEndpoint - _waiting.Count - _reserved); }
    }

    /// <summary>Whether a poll of the store would be of use now: there may be more in it, and half of the room is free.</summary>
    public bool WantsMore
    {
        get { lock (_lock) return Spilled && _waiting.Count + _reserved <= options.QueuedPerEndpoint / 2; }
    }

    /// <summary>Keeps a place for a delivery that is being committed.</summary>
    public bool TryReserve()
    {
        lock (_lock)
        {
            if (Spilled || _waiting.Count + _reserved >= options.QueuedPerEndpoint)
            {
                Spilled = true;
                return false;
            }
            _reserved++;
            return true;
        }
    }

    public void Unreserve()
    {
        lock (_lock) _reserved--;
    }

    /// <summary>Takes a delivery in. True: a token is to be posted.</summary>
    public bool Enqueue(HeldDelivery delivery, bool reserved)
    {
        lock (_lock)
        {
            if (reserved) _reserved--;
            _waiting.Enqueue(delivery);
            if (_tokens >= _limit) return false;
            _tokens++;
            return true;
        }
    }

    /// <summary>A worker came with a token. False: nothing waits any more, and the token is spent.</summary>
    public bool TryTake(out HeldDelivery? delivery)
    {
        lock (_lock)
        {
            if (_waiting.TryDequeue(out delivery)) return true;
            _tokens--;
            return false;
        }
    }

    /// <summary>Everything that waits, taken out. The tokens that are out find nothing any more, and are spent.</summary>
    public IReadOnlyList<HeldDelivery> TakeAll()
    {
        lock (_lock)
        {
            HeldDelivery[] all = [.. _waiting];
            _waiting.Clear();
            return all;
        }
    }

    /// <summary>An attempt has ended. Returns how many tokens are to be posted: its own again, and another where the limit has grown.</summary>
    public int Finish(bool answered)
    {
        lock (_lock)
        {
            _limit = answered ? Math.Min(_limit + 1, options.MaxConcurrentAttemptsPerEndpoint) : Math.Max(_limit / 2, 1);
            _tokens--;
            var more = Math.Clamp(Math.Min(_limit - _tokens, _waiting.Count), 0, 2);
            _tokens += more;
            return more;
        }
    }
}
