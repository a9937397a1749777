using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Nova.AspNetCore.Writing;

/// <summary>An answer with a body, in the naming of whoever asks.</summary>
internal sealed class JsonAnswer<T>(int status, T value, JsonTypeInfo<T> type) : IResult
{
    /// <summary>Where a created thing is found; null: not said.</summary>
    public string? Location { get; init; }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        var body = JsonSerializer.SerializeToUtf8Bytes(value, type);
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        if (Location is not null) response.Headers.Location = Location;
        await response.Body.WriteAsync(body, httpContext.RequestAborted);
    }
}

/// <summary>One page of a list.</summary>
/// <param name="Data">Newest first, unless the call says otherwise.</param>
/// <param name="NextCursor">Give it as <c>cursor</c> for the next page; null on the last one.</param>
internal sealed record Page<T>(IReadOnlyList<T> Data, string? NextCursor);

/// <summary>An answer without a body.</summary>
internal sealed class NoContent : IResult
{
    public static readonly NoContent Instance = new();

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
