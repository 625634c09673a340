using System.Text.Json.Nodes;
using Agent.Ide.Protocol.Tasks;
using Agent.Ide.Testing.Models;

namespace Agent.Ide.Hostile.Tests.Arena;

/// <summary>What came of an attack, as the attacker saw it.</summary>
/// <param name="Task">The attacking task at its end.</param>
/// <param name="Results">What each call gave back, in the order of the calls.</param>
/// <param name="Steps">The same as the coordinator recorded it.</param>
internal sealed record AttackReport(AgentTask Task, IReadOnlyList<string> Results, IReadOnlyList<TaskStep> Steps)
{
    /// <summary>Collects the results of calls from the requests that carried them, each as the model first saw it.</summary>
    public static IReadOnlyList<string> ResultsIn(IEnumerable<RecordedRequest> requests)
    {
        var results = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var request in requests)
        {
            foreach (var message in JsonNode.Parse(request.Body)!["messages"]!.AsArray())
            {
                if (message!["role"]!.GetValue<string>() == "tool" && seen.Add(message["tool_call_id"]!.GetValue<string>()))
                {
                    results.Add(message["content"]!.GetValue<string>());
                }
            }
        }

        return results;
    }
}
