using System.Globalization;
using System.Text;

namespace Agent.Ide.JsonRpc;

/// <summary>
/// One message by itself, for who has to look at the first before deciding where all of them go. Nothing after it is read.
/// </summary>
public static class RpcFrame
{
    /// <returns>The body; null at the end of the stream.</returns>
    /// <exception cref="RpcFramingException">What came is no message, or a longer one than allowed.</exception>
    public static async Task<byte[]?> ReadAsync(Stream input, int maxBodyBytes, CancellationToken cancellationToken)
    {
        var header = new byte[FrameHeader.MaxBytes];
        int bodyBytes;
        for (var length = 0; ;)
        {
            // Byte by byte: what follows the header's end belongs to the body, and what follows the body to somebody else.
            if (await input.ReadAsync(header.AsMemory(length, 1), cancellationToken) == 0)
            {
                return length == 0 ? null : throw new RpcFramingException("The stream ended within a message.");
            }

            length++;
            if (FrameHeader.TryParse(header.AsSpan(0, length), maxBodyBytes, out _, out bodyBytes))
            {
                break;
            }
        }

        var body = new byte[bodyBytes];
        try
        {
            await input.ReadExactlyAsync(body, cancellationToken);
        }
        catch (EndOfStreamException)
        {
            throw new RpcFramingException("The stream ended within a message.");
        }

        return body;
    }

    public static async Task WriteAsync(Stream output, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        await output.WriteAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n\r\n")), cancellationToken);
        await output.WriteAsync(body, cancellationToken);
        await output.FlushAsync(cancellationToken);
    }
}
