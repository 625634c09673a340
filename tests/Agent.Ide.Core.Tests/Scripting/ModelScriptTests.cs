using Agent.Ide.Core.Scripting;

namespace Agent.Ide.Core.Tests.Scripting;

public sealed class ModelScriptTests
{
    [Fact]
    public void AScript_GivesItsStepsInOrder_AndThenDone()
    {
        var script = ModelScript.Parse(
            """{"go": [{"text": "one", "delayMs": 5}, {"calls": [{"name": "read_file", "arguments": {"path":  "a.cs"}}]}]}""", "s.json");

        script.StepAt("go", 0, 0).ShouldBe(new ScriptStep { Text = "one", Delay = TimeSpan.FromMilliseconds(5) });
        script.StepAt("go", 1, 0).Calls.ShouldBe([new ScriptedCall("read_file", """{"path":"a.cs"}""")]);
        script.StepAt("go", 2, 0).ShouldBe(ScriptStep.Done);
        script.StepAt("go", 99, 0).ShouldBe(ScriptStep.Done);
        script.StepAt(null, 0, 0).ShouldBe(ScriptStep.Done);
    }

    [Fact]
    public void AFailingStep_IsPassedAfterOneRequest_UnlessItIsTheLast()
    {
        var script = ModelScript.Parse("""{"m": [{"text": "a"}, {"status": 429}, {}, {"text": "b"}, {"status": 500}]}""", "s.json");

        script.StepAt("m", 1, 0).Status.ShouldBe(429);
        script.StepAt("m", 1, 1).ShouldBe(new ScriptStep());
        script.StepAt("m", 1, 2).Text.ShouldBe("b");
        script.StepAt("m", 2, 0).Status.ShouldBe(500);
        script.StepAt("m", 2, 7).Status.ShouldBe(500);
    }

    [Theory]
    [InlineData("do task-10 now", "task-10")]
    [InlineData("do task-1 now", "task-1")]
    [InlineData("first beta then task-1", "beta")]
    [InlineData("nothing", "")]
    public void TheMarker_IsTheOneThatBeginsFirst_ThenTheLongest(string text, string expected)
    {
        var script = ModelScript.Parse("""{"": [], "task-1": [], "task-10": [], "beta": []}""", "s.json");

        script.FindMarker([text]).ShouldBe(expected);
    }

    [Fact]
    public void TheMarker_OfTheFirstMessageWins()
    {
        var script = ModelScript.Parse("""{"alpha": [], "beta": []}""", "s.json");

        script.FindMarker(["hello", "beta", "alpha"]).ShouldBe("beta");
        script.FindMarker(["hello"]).ShouldBeNull();
    }

    [Fact]
    public void ArgumentsGivenAsAString_ArePassedOnAsTheyAre()
    {
        var script = ModelScript.Parse("""{"m": [{"calls": [{"name": "x", "arguments": "{not json"}, {"name": "y"}]}]}""", "s.json");

        script.StepAt("m", 0, 0).Calls.Select(call => call.Arguments).ShouldBe(["{not json", "{}"]);
    }

    [Theory]
    [InlineData("{\n \"m\": [\n  {\"txt\": 1}]}", "dir/s.json:3: unknown key \"txt\" in a step; allowed: text, calls, delayMs, status.")]
    [InlineData("{\"m\": 1}", "dir/s.json:1: the value of marker \"m\" is a list of steps.")]
    [InlineData("[]", "dir/s.json:1: a script is an object {\"<marker>\": [step, …]}.")]
    [InlineData("{\"m\": [\n{\"status\": 200}]}", "dir/s.json:2: \"status\" is a whole number from 400 to 599.")]
    [InlineData("{\"m\": [{\"delayMs\": -1}]}", "dir/s.json:1: \"delayMs\" is a whole number from 0 to 3600000.")]
    [InlineData("{\"m\": [{\"calls\": [{\"arguments\": {}}]}]}", "dir/s.json:1: a call needs a name.")]
    [InlineData("{\"m\": [], \n\n\"m\": []}", "dir/s.json:3: the marker \"m\" is there twice.")]
    public void ABadScript_IsRefusedByFileAndLine(string json, string message)
    {
        Should.Throw<ModelScriptException>(() => ModelScript.Parse(json, "dir/s.json")).Message.ShouldBe(message);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("{\n\"m\": [\n}", 3)]
    [InlineData("{\"m\": []} x", 1)]
    public void TextThatIsNotJson_IsRefusedByFileAndLine(string json, int line)
    {
        var error = Should.Throw<ModelScriptException>(() => ModelScript.Parse(json, "s.json"));

        error.Line.ShouldBe(line);
        error.Message.ShouldStartWith($"s.json:{line}: not valid JSON: ");
    }

    [Fact]
    public async Task AMissingFile_IsNamed()
    {
        var error = await Should.ThrowAsync<ModelScriptException>(() => ModelScript.LoadAsync("/nowhere/s.json", CancellationToken.None));

        error.Message.ShouldContain("/nowhere/s.json");
    }

    [Theory]
    [InlineData("call_abc")]
    [InlineData("call_s_00")]
    [InlineData(null)]
    public void IdsOfOthers_TellNothing(string? id) => ScriptedCallId.TryReadAnswer(id).ShouldBeNull();

    [Fact]
    public void AnId_TellsThePlaceInTheScript() => ScriptedCallId.TryReadAnswer(ScriptedCallId.Make(12, 3)).ShouldBe(12);
}
