using Agent.Ide.Coordinator.Configuration;

namespace Agent.Ide.Coordinator.Tests.Configuration;

/// <summary>Records compare their lists by identity; settings are equal when the lists' items are.</summary>
internal static class SettingsComparison
{
    public static void ShouldEqual(this AgentSessionSettings actual, AgentSessionSettings expected)
    {
        actual.Tools.ShouldBe(expected.Tools);
        actual.Setup.ShouldBe(expected.Setup);
        actual.Validate.ShouldBe(expected.Validate);
        WithoutLists(actual).ShouldBe(WithoutLists(expected));
    }

    public static void ShouldDiffer(this AgentSessionSettings actual, AgentSessionSettings other) =>
        (actual.Tools.SequenceEqual(other.Tools) && WithoutLists(actual) == WithoutLists(other)).ShouldBeFalse();

    private static AgentSessionSettings WithoutLists(AgentSessionSettings settings) => settings with { Tools = [], Setup = [], Validate = [] };
}
