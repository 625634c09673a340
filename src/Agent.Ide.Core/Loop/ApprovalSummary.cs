using System.Text.Json;
using Agent.Ide.Core.Tools;

namespace Agent.Ide.Core.Loop;

/// <summary>What a person is asked to allow, or allowed: everything that will happen, nothing left out.</summary>
public static class ApprovalSummary
{
    /// <param name="tool">Name of the tool.</param>
    /// <param name="arguments">JSON text that fits its schema.</param>
    public static string Of(string tool, string arguments) => tool == BuiltInTools.RunCommand
        ? JsonSerializer.Deserialize(arguments, ToolArgumentsJson.Default.RunCommandArguments)!.Command
        : $"{tool} {arguments}";
}
