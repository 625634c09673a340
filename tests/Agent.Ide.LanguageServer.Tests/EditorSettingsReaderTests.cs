using System.Text.Json;
using Agent.Ide.LanguageServer.Features.Settings;

namespace Agent.Ide.LanguageServer.Tests;

public sealed class EditorSettingsReaderTests
{
    [Fact]
    public void WhatIsSet_Holds()
    {
        var (settings, problems) = Read("""{"notifications":"questions","model":" large ","includeUncommitted":true,"server":{"path":""}}""");

        settings.ShouldBe(new EditorSettings(NotificationsWanted.Questions, new("large", true)));
        problems.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"notifications":null,"model":null,"includeUncommitted":null}""")]
    [InlineData("""{"notifications":"all","model":""}""")]
    public void WhatSaysNothing_IsTheDefault_AndNoProblem(string section)
    {
        var (settings, problems) = Read(section);

        settings.ShouldBe(EditorSettings.Default);
        problems.ShouldBeEmpty();
    }

    [Fact]
    public void NoSectionAtAll_IsTheDefault() => EditorSettingsReader.Read(null).Settings.ShouldBe(EditorSettings.Default);

    [Theory]
    [InlineData("""{"notifications":"loud"}""", "agentIde.notifications", "\"loud\"", "all, questions or none", "all is used")]
    [InlineData("""{"notifications":false}""", "agentIde.notifications", "false", "all, questions or none", "all is used")]
    [InlineData("""{"model":5}""", "agentIde.model", "5", "the name of a model", "repository's configuration")]
    [InlineData("""{"includeUncommitted":"yes"}""", "agentIde.includeUncommitted", "\"yes\"", "true or false", "repository's configuration")]
    [InlineData("""{"notification":"none"}""", "agentIde.notification;", "no setting", "notifications, model and includeUncommitted", "ignored")]
    [InlineData("""["none"]""", "agentIde", "[\"none\"]", "an object", "The defaults are used")]
    [InlineData("7", "agentIde", "7", "an object", "The defaults are used")]
    [InlineData("""{"model":"\ud800"}""", "agentIde", "half of a character", "cannot be read", "The defaults are used")]
    [InlineData("""{"\ud800":"all"}""", "agentIde", "half of a character", "cannot be read", "The defaults are used")]
    public void ABadValue_IsTold_WithItsKey_WhatIsWrong_AndWhatIsUsedInstead(string section, string key, string value, string wanted, string used)
    {
        var (settings, problems) = Read(section);

        settings.ShouldBe(EditorSettings.Default);
        var problem = problems.ShouldHaveSingleItem();
        problem.ShouldContain(key);
        problem.ShouldContain(value);
        problem.ShouldContain(wanted);
        problem.ShouldContain(used);
    }

    [Fact]
    public void ABadValue_LeavesTheOthersAsTheyAreSet()
    {
        var (settings, problems) = Read("""{"notifications":"loud","model":"large"}""");

        settings.Tasks.Model.ShouldBe("large");
        problems.Count.ShouldBe(1);
    }

    [Fact]
    public void AnEndlessValue_IsToldShortened() =>
        Read($$"""{"notifications":"{{new string('x', 10_000)}}"}""").Problems.Single().Length.ShouldBeLessThan(300);

    private static (EditorSettings Settings, IReadOnlyList<string> Problems) Read(string section)
    {
        using var document = JsonDocument.Parse(section);
        return EditorSettingsReader.Read(document.RootElement);
    }
}
