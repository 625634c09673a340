using System.Text.Json;

namespace Agent.Ide.JsonRpc;

/// <summary>
/// An error answer. A handler throws it to answer with exactly this code, message and data;
/// <see cref="RpcConnection.InvokeAsync"/> throws it when the peer answered with an error.
/// </summary>
public sealed class RpcErrorException : Exception
{
    /// <param name="code">One of <see cref="RpcErrorCodes"/>, or the application's own outside -32768..-32000.</param>
    /// <param name="message">One sentence for a person.</param>
    /// <param name="errorData">What a program needs to act on the error; null sends none. It must outlive the exception
    /// (<see cref="JsonElement.Clone"/> where its document is disposed).</param>
    /// <param name="innerException">For the log only; never sent.</param>
    public RpcErrorException(int code, string message, JsonElement? errorData = null, Exception? innerException = null)
        : base(message, innerException)
    {
        Code = code;
        ErrorData = errorData;
    }

    public int Code { get; }

    /// <summary>The member <c>data</c> of the error; null when there was none.</summary>
    public JsonElement? ErrorData { get; }
}
