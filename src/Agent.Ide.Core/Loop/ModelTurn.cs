using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Agent.Ide.Core.Budget;
using Agent.Ide.Core.Tasks;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Core.Loop;

/// <summary>Turns a chat client's response into the log's entry: text, calls with unique ids, usage.</summary>
internal static class ModelTurn
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ModelAnswered From(ChatResponse response, TaskSnapshot snapshot, ModelRequest request, TimeSpan duration)
    {
        var text = response.Text;
        var calls = Calls(response, snapshot);
        return new ModelAnswered
        {
            Text = text,
            Calls = calls,
            Model = response.ModelId ?? snapshot.Usage.Model ?? snapshot.Created.Model ?? "unknown",
            Usage = Usage(response, snapshot, request, text, calls),
            EstimatedPromptTokens = request.EstimatedTokens,
            PromptCharacters = request.Bytes,
            DurationMs = (long)duration.TotalMilliseconds,
            Truncated = response.FinishReason == ChatFinishReason.Length,
        };
    }

    private static List<RequestedCall> Calls(ChatResponse response, TaskSnapshot snapshot)
    {
        var calls = new List<RequestedCall>();
        HashSet<string>? used = null;
        foreach (var message in response.Messages)
        {
            foreach (var content in message.Contents)
            {
                if (content is not FunctionCallContent call)
                {
                    continue;
                }

                // Servers leave ids out, or count them from 0 in every answer; approvals and results are found by them.
                used ??= UsedIds(snapshot);
                var id = call.CallId;
                if (string.IsNullOrWhiteSpace(id) || !used.Add(id))
                {
                    id = string.Create(CultureInfo.InvariantCulture, $"call{snapshot.Sequence:D5}x{calls.Count}");
                    used.Add(id);
                }

                calls.Add(new RequestedCall(id, call.Name ?? string.Empty, Arguments(call)));
            }
        }

        return calls;
    }

    private static HashSet<string> UsedIds(TaskSnapshot snapshot)
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var turn in snapshot.Conversation)
        {
            if (turn is AssistantTurn answer)
            {
                foreach (var call in answer.Calls)
                {
                    used.Add(call.CallId);
                }
            }
        }

        return used;
    }

    private static string Arguments(FunctionCallContent call)
    {
        // As it came, also where it is no JSON: the validator says what is wrong with it.
        if (call.AdditionalProperties is { } properties && properties.TryGetValue(AgentChat.RawArgumentsKey, out string? raw))
        {
            return raw;
        }

        if (call.Arguments is not { Count: > 0 } arguments)
        {
            return "{}";
        }

        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, Writing))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in arguments)
            {
                writer.WritePropertyName(name);
                Write(writer, value);
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case JsonElement element:
                element.WriteTo(writer);
                break;
            case JsonNode node:
                node.WriteTo(writer);
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case bool truth:
                writer.WriteBooleanValue(truth);
                break;
            case int or long or short or byte:
                writer.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case double or float or decimal:
                writer.WriteNumberValue(Convert.ToDecimal(value, CultureInfo.InvariantCulture));
                break;
            default:
                throw new NotSupportedException($"A chat client gave an argument as {value.GetType().Name}; JSON elements, nodes and plain values are known.");
        }
    }

    private static TokenUsage Usage(
        ChatResponse response, TaskSnapshot snapshot, ModelRequest request, string text, List<RequestedCall> calls)
    {
        var usage = response.Usage;
        var estimated = response.AdditionalProperties?.TryGetValue(AgentChat.UsageEstimatedKey, out bool told) == true && told;
        if (usage?.InputTokenCount is > 0 and var input)
        {
            return new TokenUsage(
                Clamp(input), Clamp(usage.CachedInputTokenCount ?? 0), Clamp(usage.OutputTokenCount ?? 0), estimated);
        }

        var output = new TokenEstimator(snapshot.Usage).Estimate(
            Encoding.UTF8.GetByteCount(text) + calls.Sum(call => call.Tool.Length + Encoding.UTF8.GetByteCount(call.Arguments)));
        return new TokenUsage(request.EstimatedTokens, 0, output, Estimated: true);
    }

    private static int Clamp(long? tokens) => (int)Math.Clamp(tokens ?? 0, 0, int.MaxValue);
}
