using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nova.AspNetCore.Auditing;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Describing;
using Nova.AspNetCore.Reading;
using Nova.AspNetCore.Writing;
using Nova.Model;
using Nova.Storage;

namespace Nova.AspNetCore.Apis;

/// <summary>Filters of the delivery history under a name, for everybody who sees the environment.</summary>
internal static class SavedViewsApi
{
    const string Tag = "Saved views";

    /// <summary>Of an environment: a menu that can still be read.</summary>
    const int Most = 50;

    const int LongestName = 60;

    /// <summary>Characters: what a browser's address bar and every proxy take.</summary>
    const int LongestQuery = 2000;

    public static void MapSavedViewsApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/saved-views").For(Access.OfCustomers);
        group.MapPost("", SaveAsync)
            .Describe("saveView", Tag, "Save a view", $"In place of the one of this name, where there is one. An environment may have {Most}.")
            .Takes<SaveViewBody>().Gives<SavedViewView>(201).Refuses(400, 409, 413, 415);
        group.MapGet("", ListAsync).Describe("listSavedViews", Tag, "List saved views", "By name.").Gives<Page<SavedViewView>>().Refuses(400);
        group.MapDelete("/{id}", DeleteAsync).Describe("deleteSavedView", Tag, "Delete a saved view").GivesNothing().Refuses(404);
    }

    static async Task<IResult> SaveAsync(HttpContext context, ISavedViewStore store, AuditTrail audit, NovaOptions options, TimeProvider clock)
    {
        var caller = Customer.Of(context);
        using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, caller.Json);
        var name = reading.NeedText("name", LongestName);
        var query = reading.NeedText("query", LongestQuery, least: 0);
        reading.End();
        if (!reading.IsGood) return reading.Problem;

        var now = clock.Now();
        var view = new SavedView(Id<SavedView>.New(now), caller.Entry.Id, name, query, now);
        var before = (await store.ListViewsAsync(caller.Entry.Id, context.RequestAborted)).FirstOrDefault(each => each.Name == name);
        if (!await store.SaveViewAsync(view, Most, context.RequestAborted)) return Problems.TooManyViews(Most);
        await audit.NoteAsync(context, "view.saved", caller.Entry, Target(view), AuditFacts.Of(view), before is null ? null : AuditFacts.Of(before));
        return caller.Json.Created(SavedViewView.Of(view));
    }

    static async Task<IResult> ListAsync(HttpContext context, ISavedViewStore store)
    {
        var caller = Customer.Of(context);
        var found = await store.ListViewsAsync(caller.Entry.Id, context.RequestAborted);
        return caller.Json.Ok(new Page<SavedViewView>([.. found.Select(SavedViewView.Of)], null));
    }

    static async Task<IResult> DeleteAsync(HttpContext context, string id, ISavedViewStore store, AuditTrail audit)
    {
        var entry = Customer.Of(context).Entry;
        if (!Id<SavedView>.TryParse(id, out var known)
            || (await store.ListViewsAsync(entry.Id, context.RequestAborted)).FirstOrDefault(each => each.Id == known) is not { } view
            || !await store.DeleteViewAsync(entry.Id, known, context.RequestAborted)) return Problems.NotFound("view");
        await audit.NoteAsync(context, "view.deleted", entry, Target(view), before: AuditFacts.Of(view));
        return NoContent.Instance;
    }

    static AuditTarget Target(SavedView view) => new("view", view.Id.ToString(), view.Name);
}

/// <param name="Name">1 to 60 characters.</param>
/// <param name="Query">The filters, as they stand behind the question mark of the portal's address: <c>status=failed&amp;period=7d</c>. At most 2,000 characters; empty: none.</param>
internal sealed record SaveViewBody(string Name, string Query);

/// <param name="Id">The view's; a new one where it is saved again.</param>
/// <param name="Name">Under which it is listed.</param>
/// <param name="Query">The filters.</param>
/// <param name="CreatedAt">When it was saved last.</param>
internal sealed record SavedViewView(string Id, string Name, string Query, DateTimeOffset CreatedAt)
{
    public static SavedViewView Of(SavedView view) => new(view.Id.ToString(), view.Name, view.Query, view.CreatedAt);
}
