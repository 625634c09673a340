namespace Agent.Ide.JsonRpc;

/// <summary>Methods that the connection handles itself.</summary>
internal static class RpcMethods
{
    /// <summary>LSP 3.17, base protocol: <c>{ id }</c>; the request is still answered.</summary>
    public const string CancelRequest = "$/cancelRequest";
}
