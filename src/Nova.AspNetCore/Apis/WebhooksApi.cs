using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nova.Accounts;
using Nova.AspNetCore.Auditing;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Describing;
using Nova.AspNetCore.Reading;
using Nova.AspNetCore.Writing;
using Nova.Delivering;
using Nova.Egress;
using Nova.Inspecting;
using Nova.Model;
using Nova.Publishing;
using Nova.Storage;

namespace Nova.AspNetCore.Apis;

/// <summary>Endpoints, which the API calls webhooks. The customer's credential fixes the environment; an id of any other is not found.</summary>
internal static class WebhooksApi
{
    const string Tag = "Webhooks";

    /// <summary>A save that was overtaken is made again from what is there now; so many times in a row only in a storm.</summary>
    const int Tries = 5;

    /// <param name="routes">The group of the API.</param>
    /// <param name="path"><c>/v1</c>, or a product's documented one.</param>
    /// <param name="suffix">Makes the operations' ids differ.</param>
    public static void MapWebhooksApi(this IEndpointRouteBuilder routes, string path, string suffix = "")
    {
        var group = routes.MapGroup(path + "/webhooks").For(Access.OfCustomers);
        group.MapPost("", CreateAsync)
            .Describe("createWebhook" + suffix, Tag, "Create a webhook", "The secret is in this answer; products that keep only its hash never show it again.")
            .Takes<CreateWebhookBody>().Gives<WebhookView>(201).Refuses(400, 403, 409, 413, 415, 422);
        group.MapGet("", ListAsync)
            .Describe("listWebhooks" + suffix, Tag, "List webhooks", "Newest first, without secrets.")
            .Paged().Gives<Page<WebhookView>>().Refuses(400);
        group.MapGet("/{id}", Get)
            .Describe("getWebhook" + suffix, Tag, "Show a webhook").Gives<WebhookView>().Refuses(404);
        group.MapPatch("/{id}", ChangeAsync)
            .Describe("changeWebhook" + suffix, Tag, "Change a webhook", "Members that are not there stay as they are. Enabling again forgets the failures of before.")
            .Takes<ChangeWebhookBody>().Gives<WebhookView>().Refuses(400, 403, 404, 409, 413, 415, 422);
        group.MapDelete("/{id}", DeleteAsync)
            .Describe("deleteWebhook" + suffix, Tag, "Delete a webhook", "Nothing more is sent to it. Its past deliveries stay readable.")
            .GivesNothing().Refuses(404, 409);
        group.MapPost("/{id}/secret", ShowSecretAsync).Needs(Rights.Secrets)
            .Describe("showWebhookSecret" + suffix, Tag, "Show the signing secret", "Only in products that show it on demand.")
            .Gives<SecretView>().Refuses(404, 409);
        group.MapPost("/{id}/secret/rotate", RotateSecretAsync).Needs(Rights.Manage | Rights.Secrets)
            .Describe("rotateWebhookSecret" + suffix, Tag, "Make a new signing secret", "Where the product has an overlap, the secret before signs beside the new one until it ends.")
            .Takes<RotateSecretBody>(optional: true).Gives<SecretView>().Refuses(400, 404, 409, 413, 415);
        group.MapPost("/{id}/test", TestAsync)
            .Describe("testWebhook" + suffix, Tag, "Send a test event", "Sent now, once, signed like any other. Answers with what was sent and what came back. "
                + "In the sandbox the data may be given with it, checked as those of a published event are: to see what a receiver makes of them.")
            .Takes<TestBody>(optional: true).Gives<DeliveryDetailView>().Refuses(400, 404, 409, 413, 415, 422, 429);
        group.MapPost("/{id}/replay", ReplaysApi.StartOfWebhookAsync).Needs(Rights.Replay)
            .Describe("replayWebhook" + suffix, Tag, "Deliver again what failed, or what was missed",
                "Since a time, as new deliveries, at a rate. With dry_run nothing is delivered, and the answer is the count.")
            .Takes<ReplayWebhookBody>().Gives<ReplayView>(202).Gives<ReplayCountView>(200).Refuses(400, 404, 409, 413, 415);
        DeliveriesApi.Filtered(group.MapGet("/{id}/deliveries", DeliveriesApi.ListOfWebhookAsync)
            .Describe("listWebhookDeliveries" + suffix, Tag, "List a webhook's deliveries", "Newest first; of a deleted webhook too."), ofWebhook: true)
            .Paged().Gives<Page<DeliveryView>>().Refuses(400, 404);
    }

    static async Task<IResult> CreateAsync(
        HttpContext context, AccountDirectory directory, EndpointTargetMaker maker, EgressGuard guard, InspectorReceiver inspectors, AuditTrail audit,
        NovaOptions options, TimeProvider clock)
    {
        var caller = Customer.Of(context);
        var (entry, product) = (caller.Entry, caller.Product);
        using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, caller.Json);
        var request = WebhookRequest.Read(reading, product, creates: true, current: null);
        if (!reading.IsGood) return reading.Problem;

        var most = PlanLimits.Endpoints(entry);
        // Also looked at by the store, which alone can be sure; here so that a full environment causes no look-up of names.
        if (most is { } full && entry.Targets.Count(target => target.Endpoint.DeletedAt is null) >= full) return PlanLimits.Reached(entry, full);
        if ((request.UnknownEvents(product) ?? request.BreaksPlan(entry)) is { } refusal) return refusal;
        if (!await inspectors.IsOwnAsync(entry.Id, request.Url, context.RequestAborted))
        {
            var verdict = await guard.CheckResolvingAsync(request.Url, context.RequestAborted);
            if (!verdict.IsAllowed) return Problems.UrlRefused(verdict.Fault);
        }

        var now = clock.Now();
        var id = Id<Endpoint>.New(now);
        var secret = request.Secret ?? product.Secret.Generate();
        var enabled = request.Enabled ?? true;
        var endpoint = new Endpoint
        {
            Id = id,
            EnvironmentId = entry.Id,
            Name = request.Name,
            Description = request.Description,
            Url = request.Url!,
            EventTypes = request.EventTypes,
            Headers = maker.SealHeaders(id, request.Headers),
            Secrets = [maker.Seal(id, product, secret, now)],
            Enabled = enabled,
            DisabledReason = enabled ? null : EndpointDisabler.ByCustomer,
            DisabledAt = enabled ? null : now,
            CreatedAt = now,
            UpdatedAt = now,
        };
        var saved = await directory.SaveAsync(
            [
                new DirectoryChange.OfEndpoint(endpoint, null, most, product.Endpoint.OnePerEventType),
                audit.OfEndpoint(context, "webhook.created", caller, null, endpoint),
            ], context.RequestAborted);
        return saved switch
        {
            SaveResult.Saved => caller.Json.Created(
                WebhookView.Of(directory.Target(id)!, product.Secret.IsGivenAway ? secret : null),
                $"{context.Request.Path.Value!.TrimEnd('/')}/{EndpointIds.Write(id, product)}"),
            SaveResult.LimitReached => PlanLimits.Reached(entry, most ?? 0),
            SaveResult.Taken => Problems.EventTypeTaken,
            _ => Problems.Changed,
        };
    }

    static IResult ListAsync(HttpContext context)
    {
        var caller = Customer.Of(context);
        var query = new RequestQuery(context, caller.Json);
        var (limit, before) = (query.Limit(), query.Cursor<Endpoint>());
        if (query.End() is { } refusal) return refusal;
        // Bounded by the plan, and in memory.
        var page = caller.Entry.Targets.Where(target => IsVisible(target, caller) && (before is not { } id || target.Endpoint.Id.CompareTo(id) < 0))
            .Reverse().Take(limit + 1).ToArray();
        return caller.Json.Ok(Paging.Page(page, limit, target => WebhookView.Of(target), target => target.Endpoint.Id));
    }

    static IResult Get(HttpContext context, string id)
    {
        var caller = Customer.Of(context);
        return Find(caller, id) is { } target ? caller.Json.Ok(WebhookView.Of(target)) : NotFound(caller);
    }

    static async Task<IResult> ChangeAsync(
        HttpContext context, string id, AccountDirectory directory, EndpointTargetMaker maker, EgressGuard guard, InspectorReceiver inspectors, EndpointDisabler disabler,
        AuditTrail audit, NovaOptions options, TimeProvider clock)
    {
        var caller = Customer.Of(context);
        var product = caller.Product;
        if (FindLive(caller, id) is not { } current) return NotFound(caller);
        using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, caller.Json);
        var request = WebhookRequest.Read(reading, product, creates: false, current);
        if (!reading.IsGood) return reading.Problem;
        // A new secret is one by this way too.
        if (request.Secret is not null && !caller.Rights.HasFlag(Rights.Secrets)) return Problems.Role(caller, Rights.Secrets);
        if ((request.UnknownEvents(product) ?? request.BreaksPlan(caller.Entry)) is { } refusal) return refusal;
        if (request.Url is { } url && url != current.Endpoint.Url && !await inspectors.IsOwnAsync(caller.Entry.Id, url, context.RequestAborted))
        {
            var verdict = await guard.CheckResolvingAsync(url, context.RequestAborted);
            if (!verdict.IsAllowed) return Problems.UrlRefused(verdict.Fault);
        }

        return await SaveAsync(context, caller, current.Endpoint.Id, directory, audit, "webhook.updated", target =>
        {
            var (old, now) = (target.Endpoint, clock.Now());
            var changed = old with
            {
                Url = request.Url ?? old.Url,
                UrlChangedAt = request.Url is { } wanted && wanted != old.Url ? now : old.UrlChangedAt,
                EventTypes = request.Events is null ? old.EventTypes : request.EventTypes,
                Name = request.ChangesName ? request.Name : old.Name,
                Description = request.ChangesDescription ? request.Description : old.Description,
                Headers = request.ChangesHeaders ? maker.SealHeaders(old.Id, request.Headers) : old.Headers,
                Secrets = request.Secret is null ? old.Secrets : [maker.Seal(old.Id, product, request.Secret, now)],
            };
            var cancels = (changed.Url != old.Url && product.Endpoint.CancelsOnUrlChange)
                || (request.Secret is not null && product.Endpoint.CancelsOnSecretChange);
            if (cancels) changed = changed with { Generation = old.Generation + 1 };
            if (request.Enabled is { } enabled && enabled != old.Enabled)
                changed = changed with { Enabled = enabled, DisabledReason = enabled ? null : EndpointDisabler.ByCustomer, DisabledAt = enabled ? null : now };
            return Next(changed, old, now);
        }, (old, changed) =>
        {
            // Switched off, or made anew: what waits for what it was is not sent any more.
            if (changed.Generation != old.Generation || (old.Enabled && !changed.Enabled)) disabler.EndWaiting(changed.Id);
            return caller.Json.Ok(WebhookView.Of(directory.Target(changed.Id)!));
        });
    }

    static async Task<IResult> DeleteAsync(HttpContext context, string id, AccountDirectory directory, EndpointDisabler disabler, AuditTrail audit, TimeProvider clock)
    {
        var caller = Customer.Of(context);
        if (FindLive(caller, id) is not { } current) return NotFound(caller);
        return await SaveAsync(context, caller, current.Endpoint.Id, directory, audit, "webhook.deleted", target =>
        {
            var now = clock.Now();
            return Next(target.Endpoint with { DeletedAt = now }, target.Endpoint, now);
        }, (_, changed) =>
        {
            disabler.EndWaiting(changed.Id);
            return NoContent.Instance;
        });
    }

    static async Task<IResult> ShowSecretAsync(HttpContext context, string id, EndpointTargetMaker maker, AuditTrail audit)
    {
        var caller = Customer.Of(context);
        if (FindLive(caller, id) is not { } target) return NotFound(caller);
        if (caller.Product.Secret is not { ShownOnDemand: true, KeptAsHash: false }) return Problems.SecretNotShown;
        await audit.NoteAsync(context, "webhook.secret_shown", caller.Entry, AuditTrail.Target(caller.Entry, target.Endpoint));
        return caller.Json.Ok(new SecretView(maker.Open(target.Endpoint), PublicKey: target.PublicKey));
    }

    static async Task<IResult> RotateSecretAsync(
        HttpContext context, string id, AccountDirectory directory, EndpointTargetMaker maker, EndpointDisabler disabler, AuditTrail audit,
        NovaOptions options, TimeProvider clock)
    {
        var caller = Customer.Of(context);
        var product = caller.Product;
        if (FindLive(caller, id) is not { } current) return NotFound(caller);
        using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes, mayBeEmpty: true);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, caller.Json);
        var chosen = product.Secret.ChosenByCustomer ? reading.NeedText("secret", 1024) : null;
        if (chosen is { Length: > 0 } && product.Secret.Check(chosen) is { } fault) reading.Fault("secret", fault);
        reading.End();
        if (!reading.IsGood) return reading.Problem;

        var secret = chosen ?? product.Secret.Generate();
        DateTimeOffset? expires = null;
        return await SaveAsync(context, caller, current.Endpoint.Id, directory, audit, "webhook.secret_rotated", target =>
        {
            var (old, now) = (target.Endpoint, clock.Now());
            var overlap = product.Secret.RotationOverlap;
            expires = overlap > TimeSpan.Zero ? now + overlap : null;
            // The newest of before goes on for the overlap; those of rotations before it are gone: two signatures, never a growing list.
            EndpointSecret[] before = expires is null ? [] : [old.Secrets[0] with { ExpiresAt = expires }];
            var changed = old with
            {
                Secrets = [maker.Seal(old.Id, product, secret, now), .. before],
                Generation = product.Endpoint.CancelsOnSecretChange ? old.Generation + 1 : old.Generation,
            };
            return Next(changed, old, now);
        }, (old, changed) =>
        {
            if (changed.Generation != old.Generation) disabler.EndWaiting(changed.Id);
            var shown = product.Secret.IsGivenAway || product.Secret.ChosenByCustomer ? secret : null;
            return caller.Json.Ok(new SecretView(shown, expires, directory.Target(changed.Id)?.PublicKey));
        });
    }

    static async Task<IResult> TestAsync(
        HttpContext context, string id, TestEventSender sender, DeliveryReader deliveries, RequestLimiter limiter, AuditTrail audit, NovaOptions options)
    {
        var caller = Customer.Of(context);
        var product = caller.Product;
        if (FindLive(caller, id) is not { } target) return NotFound(caller);
        using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes, mayBeEmpty: true);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, caller.Json);
        var type = reading.Text("event_type", 200);
        var data = reading.RawObject("data");
        reading.End();
        if (!reading.IsGood) return reading.Problem;
        var place = "/" + caller.Json.Name("event_type");
        if (data is null && type is not null && type != product.Test.EventType)
        {
            if (!product.Test.MayChoose) return Problems.Invalid(place, $"Tests of this product are always '{product.Test.EventType}'. Leave it out.");
            if (!product.EventTypes.ContainsKey(type)) return Problems.UnknownEventTypes([new(place, $"Product '{product.Name}' has no event type '{type}'.")]);
        }
        // Where an endpoint is for one event type, a test of another would be none of this endpoint.
        if (type is null && product.Endpoint.OnePerEventType && product.Test.MayChoose) type = target.Endpoint.EventTypes[0];
        if (data is { } own)
        {
            if (caller.Entry.Environment.Name != EnvironmentName.Sandbox) return Problems.OwnDataInSandboxOnly;
            if (EventPublisher.CheckData(caller.Entry, type ??= product.Test.EventType, place, own, out _) is { } fault) return Problems.Of(fault);
        }
        if (limiter.Take(target.Endpoint.Id.Value, TestsAtOnce, TestsPerSecond, out _) is { } wait) return Problems.TestsLimited(wait);

        var delivery = await sender.SendAsync(
            caller.Entry, target, type, data is { } given ? JsonMarshal.GetRawUtf8Value(given).ToArray() : null, context.RequestAborted);
        await audit.NoteAsync(context, "webhook.tested", caller.Entry, AuditTrail.Target(caller.Entry, target.Endpoint), new() { ["delivery"] = delivery.ToString() });
        return await deliveries.DetailAsync(caller, delivery, context.RequestAborted) is { } detail ? caller.Json.Ok(detail) : Problems.NotFound("delivery");
    }

    /// <summary>A person who tries things out is never stopped; a script that uses Nova to knock at a receiver is.</summary>
    const double TestsAtOnce = 20, TestsPerSecond = 1;

    /// <summary>Saves a change; where somebody else was faster, makes it again from what is there now.</summary>
    static async Task<IResult> SaveAsync(
        HttpContext context, Customer caller, Id<Endpoint> id, AccountDirectory directory, AuditTrail audit, string action,
        Func<EndpointTarget, Endpoint> change, Func<Endpoint, Endpoint, IResult> saved)
    {
        for (var tries = 0; tries < Tries; tries++)
        {
            if (directory.Target(id) is not { Endpoint: { DeletedAt: null } old } target) return NotFound(caller);
            var changed = change(target);
            List<DirectoryChange> changes =
            [
                new DirectoryChange.OfEndpoint(changed, old.UpdatedAt, null, caller.Product.Endpoint.OnePerEventType),
                audit.OfEndpoint(context, action, caller, old, changed),
            ];
            if (changed.Enabled && !old.Enabled) changes.Add(new DirectoryChange.OfHealthReset(changed.EnvironmentId, id));
            switch (await directory.SaveAsync(changes, context.RequestAborted))
            {
                case SaveResult.Saved: return saved(old, changed);
                case SaveResult.Taken: return Problems.EventTypeTaken;
                case SaveResult.LimitReached: return PlanLimits.Reached(caller.Entry, PlanLimits.Endpoints(caller.Entry) ?? 0);
            }
            await directory.RefreshAsync(context.RequestAborted);
        }
        return Problems.Changed;
    }

    /// <summary>The time of the change is the row's version, so that it always moves on.</summary>
    static Endpoint Next(Endpoint changed, Endpoint old, DateTimeOffset now) =>
        changed with { UpdatedAt = now > old.UpdatedAt ? now : old.UpdatedAt.AddMilliseconds(1) };

    /// <summary>An endpoint of the caller's that he can see; null for any other id, whoever's it is.</summary>
    static EndpointTarget? Find(Customer caller, string id) =>
        EndpointIds.Read(id, caller.Product) is { } known && caller.Entry.Find(known) is { } target && IsVisible(target, caller) ? target : null;

    static EndpointTarget? FindLive(Customer caller, string id) => Find(caller, id) is { Endpoint.DeletedAt: null } target ? target : null;

    static bool IsVisible(EndpointTarget target, Customer caller) => target.Endpoint.DeletedAt is null || caller.Product.Endpoint.ListsDeleted;

    static Problem NotFound(Customer caller) => Problems.NotFound(caller.Product.EndpointWord);
}
