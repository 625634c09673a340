using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Agent.Ide.Protocol.Review;
using Agent.Ide.Protocol.Setup;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Protocol.Tests.Messages;

/// <summary>Null is written by leaving a member out, so a message whose optional members are missing has to be readable.</summary>
public sealed class AbsentValuesTests
{
    [Fact]
    public void EachMessage_IsReadBack_WithItsOptionalMembersAbsent()
    {
        var json = AgentJson.Default;
        RoundTrip(new AgentError("c", null, 1), json.AgentError);
        RoundTrip(new TaskFailure("c", "m", null, 1), json.TaskFailure);
        RoundTrip(new FileDiff("p", null, "added", 1, 0, false, []), json.FileDiff, same: false);
        RoundTrip(new ContentResult(null, true), json.ContentResult);
        RoundTrip(new TrustResult(null, false, []), json.TrustResult, same: false);
        RoundTrip(new TaskWorktree(null, "p", null, "orphan"), json.TaskWorktree);
        RoundTrip(new PrunedWorktree("p", null), json.PrunedWorktree, same: false);
        RoundTrip(new AttachParams(1, "/r"), json.AttachParams);
        RoundTrip(new DiffParams("a"), json.DiffParams);
        RoundTrip(new AcceptParams("a", "h"), json.AcceptParams);
        RoundTrip(new SetupCheck("git", true, "m"), json.SetupCheck);
        RoundTrip(new TaskValidation("running", "make"), json.TaskValidation);
    }

    [Fact]
    public void ARefusedAccept_IsReadBack()
    {
        const string Task = """
            {"id":"a","title":"t","prompt":"p","state":"conflict","branch":"b","worktree":"file:///w","base":{"ref":"main","commit":"c"},"head":"h",
             "createdAt":"2026-01-01T00:00:00Z","steps":0,"changes":{"files":0,"additions":0,"deletions":0},
             "budget":{"maxTokens":1,"thresholdTokens":1,"contextTokens":0,"inputTokens":0,"cachedInputTokens":0,"outputTokens":0,"estimated":false}}
            """;

        var result = JsonSerializer.Deserialize($$"""{"task":{{Task}},"conflicts":[]}""", AgentJson.Default.AcceptResult)!;

        result.Commit.ShouldBeNull();
        result.Task.State.ShouldBe("conflict");
    }

    [Fact]
    public void AMissingRequiredMember_IsRefused() =>
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize("{}", AgentJson.Default.TaskIdParams));

    private static void RoundTrip<T>(T value, JsonTypeInfo<T> type, bool same = true)
    {
        var text = JsonSerializer.Serialize(value, type);

        text.ShouldNotContain("null");
        var back = JsonSerializer.Deserialize(text, type);
        JsonSerializer.Serialize(back, type!).ShouldBe(text);
        if (same)
        {
            back.ShouldBe(value);
        }
    }
}
