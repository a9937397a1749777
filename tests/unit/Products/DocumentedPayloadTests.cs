using System.Text.Json.Nodes;

namespace Nova.UnitTests.Products;

/// <summary>Every payload that the documents show is one that Nova takes and sends, member by member and in the same order.</summary>
public class DocumentedPayloadTests
{
    const string PartnerUser =
        """
        "user_name":"Jane Smith","user_email":"jane@example.com","credit_used":12,"total_projects":3,"published_projects":1,
        "last_login":"2026-05-14T06:30:00.000Z","last_build":"2026-05-14T08:45:00.000Z"
        """;

    [Theory]
    [InlineData("embed", "score.completed",
        """
        {"event":"score.completed","scoringJobId":"sj_abc123def456","jobId":"job-123","applicationId":"app-456","result":{"score":7,"assessment":{
         "verdict":"Strong candidate with solid backend experience...","strengths":["6 years of backend engineering experience","Strong Go proficiency"],
         "concerns":["No direct Kubernetes experience"],"interviewFocus":["Probe depth of distributed systems knowledge"]}},"completedAt":"2025-01-15T10:30:45Z"}
        """)]
    [InlineData("embed", "score.failed",
        """
        {"event":"score.failed","scoringJobId":"sj_abc123def456","jobId":"job-123","applicationId":"app-456","error":{
         "type":"https://embed.nova.dweet.com/errors/resume-fetch-failed","code":"RESUME_FETCH_FAILED",
         "message":"Failed to fetch resume: URL expired or inaccessible"},"failedAt":"2025-01-15T10:30:15Z"}
        """)]
    [InlineData("partner", "build_completed",
        "{\"event_type\":\"build_completed\"," + PartnerUser + ",\"free_or_paid\":\"paid\",\"paid_plan_name\":\"Pro\",\"has_connected_domain\":\"yes\"}")]
    public void A_payload_whose_data_stands_at_the_root(string product, string type, string payload)
    {
        var data = JsonNode.Parse(payload)!.AsObject();
        data.RemoveAt(0);
        var definition = BuiltInProducts.All[product];
        Assert.Empty(definition.EventTypes[type].Validator.Validate(BuiltInProducts.Parse(System.Text.Encoding.UTF8.GetBytes(data.ToJsonString()))));
        Assert.Equal(JsonNode.Parse(payload)!.ToJsonString(), JsonNode.Parse(Wire.Render(definition.Envelope, type, data.ToJsonString()))!.ToJsonString());
    }

    [Theory]
    [InlineData("calls", "call.ended",
        """
        {"call_id":"3f6b1c1e-8a57-4b0e-9f5e-0c0d5d8f7a11","customer_id":"9a7e2f44-1d6c-4a8b-8a45-5b1f6f0c2d33","started_at":"2026-05-10T08:27:00Z","ended_at":"2026-05-10T08:30:00Z",
         "duration_seconds":187,"outcome":"qualified","goal":"qualify_interest","goal_completed":true,"to_phone_e164":"+15555550100"}
        """)]
    [InlineData("kit", "agent.run.started",
        """{"runId":"run_abc123","agentId":"agent_xyz","agentName":"Customer Support Bot","input":"Help me reset my password"}""")]
    [InlineData("kit", "agent.run.completed",
        """
        {"runId":"run_abc123","agentId":"agent_xyz","agentName":"Customer Support Bot","input":"Help me reset my password",
         "output":"I can help you reset your password...","totalSteps":3,"durationMs":4500,"unitsUsed":1,"unitType":"agent_runs"}
        """)]
    [InlineData("kit", "agent.run.failed",
        """{"runId":"run_abc123","agentId":"agent_xyz","agentName":"Customer Support Bot","input":"Help me reset my password","errorMessage":"Rate limit exceeded"}""")]
    [InlineData("kit", "generation.started", """{"jobId":"job_abc123","tool":"video","model":"fal-ai/minimax/video-01"}""")]
    [InlineData("kit", "generation.completed",
        """
        {"jobId":"job_abc123","tool":"video","model":"fal-ai/minimax/video-01","outputUrl":"https://fal.media/files/video.mp4","durationMs":45000,
         "unitsUsed":5,"unitType":"video_seconds"}
        """)]
    [InlineData("kit", "generation.completed",
        """
        {"jobId":"job_abc123","tool":"image","model":"fal-ai/flux/dev","outputUrl":"https://fal.media/files/...","durationMs":3200,"unitsUsed":1,
         "unitType":"image_generations"}
        """)]
    [InlineData("kit", "generation.failed",
        """{"jobId":"job_abc123","tool":"video","model":"fal-ai/minimax/video-01","errorMessage":"Content policy violation"}""")]
    [InlineData("kit", "credits.low", """{"bucketType":"chat_tokens","remaining":8500,"limit":100000,"percentUsed":91.5}""")]
    [InlineData("kit", "subscription.updated", """{"subscriptionId":"sub_abc123","planCode":"pro_monthly","planName":"Pro Monthly","status":"active"}""")]
    public void Data_of_an_event(string product, string type, string data) => Assert.Empty(Faults(product, type, data));

    /// <summary>The eleventh is the event type, which the envelope writes.</summary>
    [Fact]
    public void Each_of_partners_fields_is_needed_and_has_its_documented_type()
    {
        var good = JsonNode.Parse("{" + PartnerUser + ",\"free_or_paid\":\"free\",\"paid_plan_name\":\"\",\"has_connected_domain\":\"no\"}")!.AsObject();
        foreach (var type in BuiltInProducts.All["partner"].EventTypes.Keys)
        {
            Assert.Empty(Faults("partner", type, good.ToJsonString()));
            Assert.Equal(10, good.Count);
            foreach (var name in good.Select(member => member.Key))
            {
                var without = good.DeepClone().AsObject();
                without.Remove(name);
                Assert.NotEmpty(Faults("partner", type, without.ToJsonString()));
                var other = good.DeepClone().AsObject();
                other[name] = good[name]!.GetValueKind() == System.Text.Json.JsonValueKind.Number ? "12" : 12;
                Assert.NotEmpty(Faults("partner", type, other.ToJsonString()));
            }
        }
    }

    [Theory]
    [InlineData("credit_used", "1.5")]
    [InlineData("last_login", "\"yesterday\"")]
    [InlineData("free_or_paid", "\"trial\"")]
    [InlineData("paid_plan_name", "\"Pro\"")]
    [InlineData("has_connected_domain", "\"true\"")]
    public void A_value_that_partners_document_rules_out_is_refused(string name, string value)
    {
        var data = JsonNode.Parse("{" + PartnerUser + ",\"free_or_paid\":\"free\",\"paid_plan_name\":\"\",\"has_connected_domain\":\"no\"}")!.AsObject();
        data[name] = JsonNode.Parse(value);
        Assert.NotEmpty(Faults("partner", "signed_up", data.ToJsonString()));
    }

    [Theory]
    [InlineData("resume-fetch-failed", "RESUME_FETCH_FAILED")]
    [InlineData("https://embed.nova.dweet.com/errors/resume-fetch-failed", "resume_fetch_failed")]
    public void The_error_of_a_failed_score_has_a_uri_and_a_code_in_capitals(string type, string code) =>
        Assert.NotEmpty(Faults("embed", "score.failed",
            $$$"""{"scoringJobId":"sj_1","jobId":"j","applicationId":"a","error":{"type":"{{{type}}}","code":"{{{code}}}","message":"m"},"failedAt":"2025-01-15T10:30:15Z"}"""));

    static IEnumerable<object> Faults(string product, string type, string data) =>
        BuiltInProducts.All[product].EventTypes[type].Validator.Validate(BuiltInProducts.Parse(System.Text.Encoding.UTF8.GetBytes(data))).Cast<object>();
}
