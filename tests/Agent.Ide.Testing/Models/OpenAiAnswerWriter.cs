using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Agent.Ide.Core.Scripting;

namespace Agent.Ide.Testing.Models;

/// <summary>
/// Writes a scripted step as chat completion objects: one whole, or the chunks of a stream. The shapes are those of OpenAI's
/// chat completions API, so that any client library can read them.
/// </summary>
internal sealed class OpenAiAnswerWriter(ChatRequestView request, ScriptStep step, ModelFault fault, string id)
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly long _created = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    private string FinishReason => step.Calls.IsEmpty || fault.StopForToolCalls ? "stop" : "tool_calls";

    public static byte[] Error(string message, string type, string? code) => Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartObject("error");
        writer.WriteString("message", message);
        writer.WriteString("type", type);
        writer.WriteNull("param");
        writer.WriteString("code", code);
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    public static byte[] Models(IEnumerable<string> names, string ownedBy) => Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("object", "list");
        writer.WriteStartArray("data");
        foreach (var name in names)
        {
            writer.WriteStartObject();
            writer.WriteString("id", name);
            writer.WriteString("object", "model");
            writer.WriteNumber("created", 0);
            writer.WriteString("owned_by", ownedBy);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    public byte[] Whole() => Write(writer =>
    {
        WriteHead(writer, "chat.completion");
        writer.WriteStartArray("choices");
        writer.WriteStartObject();
        writer.WriteNumber("index", 0);
        writer.WriteStartObject("message");
        writer.WriteString("role", "assistant");
        writer.WriteString("content", step.Text);
        WriteReasoning(writer);
        if (!step.Calls.IsEmpty)
        {
            writer.WriteStartArray("tool_calls");
            for (var i = 0; i < step.Calls.Length; i++)
            {
                writer.WriteStartObject();
                WriteCallHead(writer, i);
                writer.WriteStartObject("function");
                writer.WriteString("name", step.Calls[i].Name);
                writer.WriteString("arguments", step.Calls[i].Arguments);
                writer.WriteEndObject();
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        writer.WriteNull("refusal");
        writer.WriteEndObject();
        writer.WriteNull("logprobs");
        writer.WriteString("finish_reason", FinishReason);
        writer.WriteEndObject();
        writer.WriteEndArray();
        if (!fault.OmitUsage)
        {
            WriteUsage(writer);
        }

        writer.WriteEndObject();
    });

    /// <summary>The JSON of each event of a stream, without the closing <c>[DONE]</c>.</summary>
    public IEnumerable<byte[]> Events()
    {
        yield return Chunk(writer =>
        {
            writer.WriteString("role", "assistant");
            writer.WriteString("content", string.Empty);
        });
        if (fault.Reasoning is not null)
        {
            yield return Chunk(WriteReasoning);
        }

        const int PieceLength = 64 * 1024;
        for (var at = 0; at < step.Text?.Length; at += PieceLength)
        {
            var piece = step.Text.Substring(at, Math.Min(PieceLength, step.Text.Length - at));
            yield return Chunk(writer => writer.WriteString("content", piece));
        }

        for (var i = 0; i < step.Calls.Length; i++)
        {
            var index = i;
            var arguments = step.Calls[i].Arguments;
            var length = fault.ArgumentPieceLength ?? Math.Max(1, arguments.Length);
            yield return Chunk(writer => WriteCallDelta(writer, index, step.Calls[index].Name, fault.ArgumentPieceLength is null ? arguments : string.Empty));
            for (var at = 0; fault.ArgumentPieceLength is not null && at < arguments.Length; at += length)
            {
                var piece = arguments.Substring(at, Math.Min(length, arguments.Length - at));
                yield return Chunk(writer => WriteCallDelta(writer, index, null, piece));
            }
        }

        yield return Chunk(static _ => { }, FinishReason);
        if (request.IncludeUsage && !fault.OmitUsage)
        {
            yield return Write(writer =>
            {
                WriteHead(writer, "chat.completion.chunk");
                writer.WriteStartArray("choices");
                writer.WriteEndArray();
                WriteUsage(writer);
                writer.WriteEndObject();
            });
        }
    }

    private byte[] Chunk(Action<Utf8JsonWriter> delta, string? finishReason = null) => Write(writer =>
    {
        WriteHead(writer, "chat.completion.chunk");
        writer.WriteStartArray("choices");
        writer.WriteStartObject();
        writer.WriteNumber("index", 0);
        writer.WriteStartObject("delta");
        delta(writer);
        writer.WriteEndObject();
        writer.WriteNull("logprobs");
        writer.WriteString("finish_reason", finishReason);
        writer.WriteEndObject();
        writer.WriteEndArray();
        if (request.IncludeUsage && !fault.OmitUsage)
        {
            writer.WriteNull("usage");
        }

        writer.WriteEndObject();
    });

    private void WriteHead(Utf8JsonWriter writer, string kind)
    {
        writer.WriteStartObject();
        writer.WriteString("id", id);
        writer.WriteString("object", kind);
        writer.WriteNumber("created", _created);
        writer.WriteString("model", request.Model);
    }

    private void WriteReasoning(Utf8JsonWriter writer)
    {
        if (fault.Reasoning is not null)
        {
            writer.WriteString("reasoning_content", fault.Reasoning);
        }
    }

    private void WriteCallDelta(Utf8JsonWriter writer, int index, string? name, string arguments)
    {
        writer.WriteStartArray("tool_calls");
        writer.WriteStartObject();
        if (!fault.OmitIndexes)
        {
            writer.WriteNumber("index", index);
        }

        if (name is not null)
        {
            WriteCallHead(writer, index);
        }

        writer.WriteStartObject("function");
        if (name is not null)
        {
            writer.WriteString("name", name);
        }

        writer.WriteString("arguments", arguments);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndArray();
    }

    private void WriteCallHead(Utf8JsonWriter writer, int index)
    {
        if (!fault.OmitIds)
        {
            writer.WriteString("id", ScriptedCallId.Make(request.Answers, index));
        }

        writer.WriteString("type", "function");
    }

    private void WriteUsage(Utf8JsonWriter writer)
    {
        const int CharactersPerToken = 4;
        var prompt = 1 + (request.PromptCharacters / CharactersPerToken);
        var completion = 1 + (((step.Text?.Length ?? 0) + step.Calls.Sum(call => call.Name.Length + call.Arguments.Length)) / CharactersPerToken);
        writer.WriteStartObject("usage");
        writer.WriteNumber("prompt_tokens", prompt);
        writer.WriteNumber("completion_tokens", completion);
        writer.WriteNumber("total_tokens", prompt + completion);
        writer.WriteStartObject("prompt_tokens_details");
        writer.WriteNumber("cached_tokens", 0);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static byte[] Write(Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
        {
            content(writer);
        }

        return buffer.WrittenSpan.ToArray();
    }
}
