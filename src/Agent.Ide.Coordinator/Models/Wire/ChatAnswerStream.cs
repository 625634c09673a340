using System.Text.Json;

namespace Agent.Ide.Coordinator.Models.Wire;

/// <summary>
/// Reads the body of an answer: a stream of events or one object, whichever comes. It is told apart by its first byte, because
/// servers are careless with content types and with what they were asked for.
/// </summary>
internal sealed class ChatAnswerStream(ModelEndpoint endpoint, ChatAnswerBuilder builder, AttemptDeadline deadline, ModelGatewayOptions options)
{
    // What follows the reason of the end is the usage and the end mark: they come at once or not at all.
    private static readonly TimeSpan TailTimeout = TimeSpan.FromSeconds(3);

    private bool _isErrorEvent;

    private bool IsComplete { get; set; }

    private bool IsDone { get; set; }

    // An event of a streamed token takes some 300 bytes for its few characters.
    private long MaxBytes => 16L * options.MaxAnswerCharacters;

    /// <exception cref="ModelAttemptException">It broke off, or cannot be read, or is too large, or is an error.</exception>
    public async Task ReadAsync(Stream body)
    {
        // An escaped character takes up to six bytes.
        using var lines = new BoundedLineReader(body, maxLineBytes: 6 * options.MaxAnswerCharacters);
        try
        {
            await ReadBodyAsync(lines);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            if (!IsComplete)
            {
                throw ModelErrors.Broken(endpoint.Display, e.Message, e);
            }
        }
        catch (JsonException e)
        {
            throw ModelErrors.Invalid(endpoint.Display, "it is no valid JSON", e);
        }
    }

    private async Task ReadBodyAsync(BoundedLineReader lines)
    {
        deadline.Set(options.FirstByteTimeout);
        byte? first;
        while ((first = lines.PeekFirst()) is null)
        {
            if (!await FillAsync(lines))
            {
                throw ModelErrors.Broken(endpoint.Display, "it has no content", null);
            }
        }

        switch (first)
        {
            case (byte)'{':
                await ReadWholeAsync(lines);
                break;
            case (byte)'<':
                throw ModelErrors.Invalid(endpoint.Display, "it is a web page, not an answer of a model");
            default:
                await ReadEventsAsync(lines);
                break;
        }
    }

    private async Task ReadWholeAsync(BoundedLineReader lines)
    {
        using var body = new MemoryStream();
        do
        {
            while (lines.TryReadLine(out var line))
            {
                body.Write(line.Span);
            }

            if (body.Length > 6L * options.MaxAnswerCharacters)
            {
                throw ModelErrors.TooLarge(endpoint.Display, options.MaxAnswerCharacters);
            }
        }
        while (await FillAsync(lines));

        body.Write(lines.TakeRest().Span);
        Take(body.GetBuffer().AsMemory(0, (int)body.Length));
        IsComplete = true;
    }

    private async Task ReadEventsAsync(BoundedLineReader lines)
    {
        do
        {
            while (!IsDone && lines.TryReadLine(out var line))
            {
                ReadLine(line);
            }

            deadline.Set(IsComplete ? TailTimeout : options.IdleTimeout);
        }
        while (await FillOrEndAsync(lines));

        if (!IsDone)
        {
            ReadLine(lines.TakeRest());
        }

        if (!IsComplete)
        {
            throw ModelErrors.Broken(endpoint.Display, "the stream ended in the middle of the answer", null);
        }
    }

    /// <summary>Each data line is an event: no model server splits its JSON over lines, and some leave out the empty line after it.</summary>
    private void ReadLine(ReadOnlyMemory<byte> line)
    {
        if (line.Span.StartsWith("data:"u8))
        {
            var content = line["data:".Length..];
            content = content.Span.StartsWith(" "u8) ? content[1..] : content;
            if (content.Span.SequenceEqual("[DONE]"u8))
            {
                (IsComplete, IsDone) = (true, true);
            }
            else if (!content.Span.Trim((byte)' ').IsEmpty)
            {
                Take(content);
                IsComplete = builder.FinishReason is not null;
            }
        }
        else if (line.Span.StartsWith("event:"u8))
        {
            _isErrorEvent = line.Span["event:".Length..].Trim((byte)' ').SequenceEqual("error"u8);
        }
    }

    private void Take(ReadOnlyMemory<byte> json)
    {
        var error = ChatAnswerReader.Read(json, endpoint, builder);
        if (error is null && _isErrorEvent)
        {
            using var document = JsonDocument.Parse(json);
            error = ServerError.FromJson(document.RootElement, endpoint);
        }

        if (error is not null)
        {
            throw ModelErrors.FromServer(endpoint.Display, 200, error, null);
        }

        if (builder.IsTooLarge)
        {
            throw ModelErrors.TooLarge(endpoint.Display, options.MaxAnswerCharacters);
        }
    }

    private async ValueTask<bool> FillOrEndAsync(BoundedLineReader lines)
    {
        try
        {
            return await FillAsync(lines);
        }
        catch (OperationCanceledException) when (IsComplete && deadline.HasPassed)
        {
            // The answer is whole; a server that then neither ends the stream nor goes on has nothing more to say.
            return false;
        }
    }

    private async ValueTask<bool> FillAsync(BoundedLineReader lines)
    {
        var filled = await lines.FillAsync(deadline.Token);
        if (lines.Overflowed || lines.TotalBytes > MaxBytes)
        {
            throw ModelErrors.TooLarge(endpoint.Display, options.MaxAnswerCharacters);
        }

        return filled;
    }
}
