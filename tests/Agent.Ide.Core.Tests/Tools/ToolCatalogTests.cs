using System.Text.Json;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;

namespace Agent.Ide.Core.Tests.Tools;

public sealed class ToolCatalogTests
{
    [Fact]
    public void Offered_IsTheContractsList_InItsOrder() =>
        new ToolCatalog([]).Offered.Select(tool => tool.Name).ShouldBe(
        [
            "read_file", "write_file", "edit_file", "delete_file", "move_file", "list_files", "search_codebase", "run_command",
            "update_plan", "ask_user", "fetch_detail", "finish",
        ]);

    [Theory]
    [InlineData("read_file", "path start_line? end_line?")]
    [InlineData("write_file", "path content")]
    [InlineData("edit_file", "path old_text new_text replace_all?")]
    [InlineData("delete_file", "path")]
    [InlineData("move_file", "from to")]
    [InlineData("list_files", "pattern? max_results?")]
    [InlineData("search_codebase", "pattern kind path? max_results?")]
    [InlineData("run_command", "command timeout_seconds?")]
    [InlineData("update_plan", "items")]
    [InlineData("ask_user", "question")]
    [InlineData("fetch_detail", "ref start_line? end_line?")]
    [InlineData("finish", "summary")]
    public void Schema_HasTheArgumentsOfTheContract(string name, string arguments)
    {
        var schema = new ToolCatalog([]).Find(name)!.Definition.Schema;
        var required = schema.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(n => n.GetString()).ToList() : [];

        var actual = schema.GetProperty("properties").EnumerateObject().Select(p => required.Contains(p.Name) ? p.Name : p.Name + "?");

        string.Join(' ', actual).ShouldBe(arguments);
        schema.GetProperty("additionalProperties").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public void Schema_SaysRangeAndKinds_WithoutNullsOrDefaults()
    {
        var schema = new ToolCatalog([]).Find("search_codebase")!.Definition.Schema;

        schema.GetRawText().ShouldBe(
            """{"type":"object","properties":{"pattern":{"type":"string"},"kind":{"enum":["text","regex","glob"],"type":"string","description":"glob matches paths."},"path":{"type":"string"},"max_results":{"type":"integer","description":"Default 10.","minimum":1,"maximum":50}},"required":["pattern","kind"],"additionalProperties":false}""");
    }

    [Fact]
    public void Schemas_UseOnlyTheWordsTheValidatorKnows()
    {
        string[] known = ["type", "enum", "description", "minimum", "maximum", "items", "properties", "required", "additionalProperties"];
        foreach (var tool in BuiltInTools.All)
        {
            Check(tool.Schema);
        }

        void Check(JsonElement schema)
        {
            foreach (var word in schema.EnumerateObject())
            {
                known.ShouldContain(word.Name);
                if (word.Name == "items")
                {
                    Check(word.Value);
                }
                else if (word.Name == "properties")
                {
                    foreach (var property in word.Value.EnumerateObject())
                    {
                        Check(property.Value);
                    }
                }
            }

            schema.GetProperty("type").ValueKind.ShouldBe(JsonValueKind.String);
        }
    }

    [Fact]
    public void Aliases_LeadToNamesThatTheSchemaHas()
    {
        foreach (var tool in BuiltInTools.All)
        {
            var text = tool.Schema.GetRawText();
            foreach (var (alias, name) in tool.Aliases)
            {
                text.ShouldContain($"\"{name}\":", Case.Sensitive, $"{tool.Name}: {alias} → {name}");
            }
        }
    }

    [Fact]
    public void Settings_SwitchOff_AndSetTimeoutAndApproval()
    {
        var catalog = new ToolCatalog(
        [
            new ToolSettings("search_codebase", Enabled: false),
            new ToolSettings("run_command", TimeoutSeconds: 7, Approval: ToolApproval.Always),
            new ToolSettings("a_tool_of_a_server", Enabled: false),
        ]);

        catalog.Find("search_codebase").ShouldBeNull();
        catalog.Offered.ShouldNotContain(tool => tool.Name == "search_codebase");
        var command = catalog.Find("run_command")!;
        command.Timeout.ShouldBe(TimeSpan.FromSeconds(7));
        command.Approval.ShouldBe(ToolApproval.Always);
        catalog.Find("read_file")!.Approval.ShouldBe(ToolApproval.Never);
    }
}
