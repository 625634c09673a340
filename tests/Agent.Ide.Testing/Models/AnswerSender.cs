using System.Globalization;
using System.Net;
using System.Text;

namespace Agent.Ide.Testing.Models;

/// <summary>
/// Puts one answer on its connection, whole or as a stream, with what a fault asks for. Each method returns false when the
/// connection is of no more use.
/// </summary>
internal sealed class AnswerSender(HttpConnection connection, RecordedRequest request, CancellationToken stop)
{
    public Task<bool> SendErrorAsync(int status, string message, string? code, string? retryAfter)
    {
        var type = status switch
        {
            429 => "rate_limit_exceeded",
            >= 500 => "server_error",
            _ => "invalid_request_error",
        };
        return SendAsync(status, "application/json", OpenAiAnswerWriter.Error(message, type, code), retryAfter);
    }

    public async Task<bool> SendWholeAsync(OpenAiAnswerWriter answer, ModelFault fault)
    {
        var body = fault.InvalidJson ? "{\"choices\": [oops"u8.ToArray() : answer.Whole();
        if (fault.CutAfterEvents is null)
        {
            return await SendAsync(200, "application/json", body, null);
        }

        request.Status = 200;
        await connection.WriteAsync(Head(200, "application/json", body.Length, null), stop);
        await connection.WriteAsync(body.AsMemory(0, body.Length / 2), stop);
        return false;
    }

    public async Task<bool> SendStreamAsync(OpenAiAnswerWriter answer, ModelFault fault)
    {
        request.Status = 200;
        var events = new ServerSentEventWriter(connection, fault.Crlf);
        events.Write(Head(200, "text/event-stream", null, null));
        var count = 0;
        foreach (var json in answer.Events())
        {
            if (count == fault.CutAfterEvents || count == fault.StallAfterEvents)
            {
                break;
            }

            if (fault.KeepAliveComments)
            {
                events.WriteComment("keep-alive"u8);
            }

            if (fault.ErrorInStream is not null && count == 1)
            {
                events.WriteEvent(OpenAiAnswerWriter.Error(fault.ErrorInStream, "server_error", null));
            }

            events.WriteEvent(fault.InvalidJson && count == 1 ? "{\"choices\": [oops"u8 : json);
            await events.FlushWhenLargeAsync(stop);
            count++;
        }

        if (fault.StallAfterEvents is not null)
        {
            await events.FlushAsync(stop);
            await connection.WaitUntilClientGoneAsync(stop);
            return false;
        }

        if (fault.CutAfterEvents is not null)
        {
            await events.FlushAsync(stop);
            return false;
        }

        if (!fault.OmitDone)
        {
            events.WriteEvent("[DONE]"u8);
        }

        events.WriteEnd();
        await events.FlushAsync(stop);
        return true;
    }

    public async Task<bool> SendWithoutEndAsync(bool streaming)
    {
        request.Status = 200;
        var text = new string('x', 32 * 1024);
        var events = new ServerSentEventWriter(connection, crlf: false);
        events.Write(Head(200, streaming ? "text/event-stream" : "application/json", streaming ? null : int.MaxValue, null));
        events.Write(streaming ? [] : "{\"choices\":[{\"message\":{\"content\":\""u8);
        var piece = Encoding.ASCII.GetBytes(streaming ? $$$"""{"choices":[{"delta":{"content":"{{{text}}}"}}]}""" : text);
        while (true)
        {
            if (streaming)
            {
                events.WriteEvent(piece);
            }
            else
            {
                events.Write(piece);
            }

            // Ends with the exception of a connection that the client closed.
            await events.FlushAsync(stop);
        }
    }

    public async Task<bool> SendAsync(int status, string contentType, byte[] body, string? retryAfter)
    {
        request.Status = status;
        var head = Head(status, contentType, body.Length, retryAfter);
        await connection.WriteAsync((byte[])[.. head, .. body], stop);
        return true;
    }

    private static byte[] Head(int status, string contentType, int? length, string? retryAfter)
    {
        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} {(HttpStatusCode)status}\r\nContent-Type: {contentType}\r\n");
        head.Append(length is null ? "Transfer-Encoding: chunked\r\n" : string.Create(CultureInfo.InvariantCulture, $"Content-Length: {length}\r\n"));
        if (retryAfter is not null)
        {
            head.Append(CultureInfo.InvariantCulture, $"Retry-After: {retryAfter}\r\n");
        }

        return Encoding.ASCII.GetBytes(head.Append("\r\n").ToString());
    }
}
