using System.Text.Json;
using Agent.Ide.Core.Tools;

namespace Agent.Ide.Core.Loop;

/// <summary>What a person is asked to allow: everything that will happen, nothing left out.</summary>
internal static class ApprovalSummary
{
    public static string Of(ToolDefinition tool, string arguments) => tool.Name == BuiltInTools.RunCommand
        ? JsonSerializer.Deserialize(arguments, ToolArgumentsJson.Default.RunCommandArguments)!.Command
        : $"{tool.Name} {arguments}";
}
