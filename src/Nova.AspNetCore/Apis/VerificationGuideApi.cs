using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Describing;
using Nova.AspNetCore.Reading;
using Nova.AspNetCore.Writing;
using Nova.Verifying;

namespace Nova.AspNetCore.Apis;

/// <summary>Complete receivers for the customer's product, written from its definition.</summary>
internal static class VerificationGuideApi
{
    public static void MapVerificationGuideApi(this IEndpointRouteBuilder routes) =>
        routes.MapGroup("/v1/verification-guide").For(Access.OfCustomers).MapGet("", List)
            .Describe("listVerificationPrograms", "Signatures", "Show how to verify",
                "Complete programs that receive and verify this product's webhooks, one for each language that can. Empty where the product does not sign. Not paged.")
            .Query("language", "Only this language: node, python, go, csharp, java, php, ruby, shell.")
            .Gives<Page<VerificationProgramView>>().Refuses(400);

    static IResult List(HttpContext context)
    {
        var caller = Customer.Of(context);
        var query = new RequestQuery(context, caller.Json);
        var language = query.Text("language");
        var programs = VerificationGuide.Of(caller.Product);
        if (language is not null && programs.Count > 0 && !programs.Any(program => program.Language == language))
            query.Fault("language", $"Must be one of {string.Join(", ", programs.Select(program => program.Language))}.");
        if (query.End() is { } refusal) return refusal;
        return caller.Json.Ok(new Page<VerificationProgramView>(
            [.. programs.Where(program => language is null || program.Language == language).Select(VerificationProgramView.Of)], null));
    }
}

/// <param name="Language">Its short name.</param>
/// <param name="Title">As people write it.</param>
/// <param name="File">What to save the program as.</param>
/// <param name="Run">How to start it.</param>
/// <param name="Code">The program.</param>
internal sealed record VerificationProgramView(string Language, string Title, string File, string Run, string Code)
{
    public static VerificationProgramView Of(VerificationProgram program) => new(program.Language, program.Title, program.File, program.Run, program.Code);
}
