using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Agent.Ide.JsonRpc;
using Agent.Ide.Protocol.Lsp;

namespace Agent.Ide.LanguageServer.Features.Commands;

/// <summary>The one object that every command of ours takes.</summary>
internal static class CommandArgument
{
    /// <summary>False also where it is null: so do some editors leave it out.</summary>
    public static bool IsGiven(ExecuteCommandParams request) => request.Arguments is [{ ValueKind: not JsonValueKind.Null }, ..];

    /// <exception cref="RpcErrorException">It is absent, or something else.</exception>
    public static T Of<T>(ExecuteCommandParams request, JsonTypeInfo<T> type)
    {
        if (request.Arguments is not [{ ValueKind: JsonValueKind.Object } argument, ..])
        {
            throw new RpcErrorException(RpcErrorCodes.InvalidParams, $"{request.Command} takes one object as its argument.");
        }

        try
        {
            return argument.Deserialize(type)!;
        }
        catch (JsonException e)
        {
            throw new RpcErrorException(RpcErrorCodes.InvalidParams, $"{request.Command}: the argument does not fit: {e.Message}", innerException: e);
        }
    }
}
