using System.Text.Json;
using Agent.Ide.Core.Tools;

namespace Agent.Ide.Core.Tests.Tools;

public sealed class ToolArgumentsValidatorTests
{
    private static ValidatedArguments Validate(string tool, string arguments) =>
        ToolArgumentsValidator.Validate(new ToolCatalog([]).Find(tool)!.Definition, arguments);

    [Theory]
    [InlineData("read_file", """{"path":"a.cs"}""", """{"path":"a.cs"}""")]
    [InlineData("read_file", """{"end_line":9,"path":"a.cs","start_line":3}""", """{"path":"a.cs","start_line":3,"end_line":9}""")]
    [InlineData("read_file", """{"path":"a.cs","start_line":null}""", """{"path":"a.cs"}""")]
    [InlineData("read_file", """{"path":"a.cs","start_line":"3","end_line":4.0}""", """{"path":"a.cs","start_line":3,"end_line":4}""")]
    [InlineData("edit_file", """{"path":"a","old_text":"x","new_text":"y","replace_all":"true"}""", """{"path":"a","old_text":"x","new_text":"y","replace_all":true}""")]
    [InlineData("list_files", "", "{}")]
    [InlineData("finish", "\"{\\\"summary\\\":\\\"ok\\\"}\"", """{"summary":"ok"}""")]
    [InlineData("update_plan", """{"items":[{"content":"a","status":"in_progress"}]}""", """{"items":[{"text":"a","status":"active"}]}""")]
    [InlineData("write_file", """{"path":"ä.md","content":"„quoted“ \"x\" <b>"}""", """{"path":"ä.md","content":"„quoted“ \"x\" <b>"}""")]
    public void Validate_OfWhatFits_GivesTheCanonicalForm(string tool, string arguments, string canonical)
    {
        var result = Validate(tool, arguments);

        result.Error.ShouldBeNull();
        result.Json.ShouldBe(canonical);
    }

    [Theory]
    [InlineData("read_file", """{"file_path":"a.cs","offset":2}""", """{"path":"a.cs","start_line":2}""")]
    [InlineData("read_file", """{"filename":"old.cs","path":"real.cs"}""", """{"path":"real.cs"}""")]
    [InlineData("edit_file", """{"file_path":"a","old_string":"x","new_string":"y"}""", """{"path":"a","old_text":"x","new_text":"y"}""")]
    [InlineData("search_codebase", """{"query":"x","kind":"text"}""", """{"pattern":"x","kind":"text"}""")]
    [InlineData("run_command", """{"cmd":"make","timeout":5}""", """{"command":"make","timeout_seconds":5}""")]
    [InlineData("move_file", """{"source":"a","destination":"b"}""", """{"from":"a","to":"b"}""")]
    public void Validate_MapsOlderNames_NeverOverARealOne(string tool, string arguments, string canonical) =>
        Validate(tool, arguments).Json.ShouldBe(canonical);

    [Theory]
    [InlineData("read_file", "{}", "\"path\" is missing, expected string")]
    [InlineData("read_file", """{"path":null}""", "\"path\": expected string, came null")]
    [InlineData("read_file", """{"path":7}""", "\"path\": expected string, came 7")]
    [InlineData("read_file", """{"path":"a","start_line":0}""", "\"start_line\": expected integer from 1, came 0")]
    [InlineData("read_file", """{"path":"a","start_line":"two"}""", "\"start_line\": expected integer from 1, came \"two\"")]
    [InlineData("read_file", """{"path":"a","colour":"red"}""", "unknown property \"colour\"")]
    [InlineData("search_codebase", """{"pattern":"a","kind":"text","max_results":51}""", "\"max_results\": expected integer 1..50, came 51")]
    [InlineData("search_codebase", """{"pattern":"a","kind":"text","max_results":0}""", "\"max_results\": expected integer 1..50, came 0")]
    [InlineData("search_codebase", """{"pattern":"a","kind":"fuzzy"}""", "\"kind\": expected text|regex|glob, came \"fuzzy\"")]
    [InlineData("update_plan", """{"items":[{"text":"a","status":"done"},{"text":"b"}]}""", "\"items[1].status\" is missing, expected pending|active|done")]
    [InlineData("update_plan", """{"items":"a"}""", "\"items\": expected array of {text: string, status: pending|active|done}, came \"a\"")]
    [InlineData("finish", "[1]", "the arguments: expected {summary: string}, came an array")]
    [InlineData("finish", """{"summary":"cut""", "not valid JSON")]
    [InlineData("finish", """{"summary":"\ud800"}""", "incomplete")]
    public void Validate_OfWhatDoesNotFit_SaysWhichPropertyWhatWasExpectedAndWhatCame(string tool, string arguments, string error)
    {
        var result = Validate(tool, arguments);

        result.Json.ShouldBeNull();
        result.Error!.ShouldContain(error);
        result.Error!.ShouldStartWith(tool + ":");
    }

    [Fact]
    public void Validate_OfDeepNestingAndHugeValues_IsAShortError()
    {
        Validate("finish", string.Concat(Enumerable.Repeat("[", 10_000))).Error!.Length.ShouldBeLessThan(400);
        Validate("read_file", $$"""{"path":["{{new string('x', 100_000)}}"]}""").Error!.Length.ShouldBeLessThan(400);
        Validate("read_file", $$"""{"path":"a","{{new string('x', 100_000)}}":1}""").Error!.Length.ShouldBeLessThan(400);
    }

    [Fact]
    public void Canonical_FitsTheRecord_ThatItsToolReads()
    {
        var read = JsonSerializer.Deserialize(
            Validate("search_codebase", """{"query":"x","kind":"regex","limit":"5"}""").Json!, ToolArgumentsJson.Default.SearchCodebaseArguments)!;

        read.ShouldBe(new SearchCodebaseArguments("x", SearchKind.Regex, null, 5));
    }
}
