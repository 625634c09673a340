using System.Text.Json;
using System.Text.Json.Serialization;

namespace Agent.Ide.Protocol.Lsp;

/// <summary>JSON of the LSP messages: camel case, absent instead of null, unknown members ignored as LSP asks.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(InitializeParams))]
[JsonSerializable(typeof(InitializeResult))]
[JsonSerializable(typeof(DidOpenParams))]
[JsonSerializable(typeof(DidChangeParams))]
[JsonSerializable(typeof(DidSaveParams))]
[JsonSerializable(typeof(DidCloseParams))]
[JsonSerializable(typeof(CodeActionParams))]
[JsonSerializable(typeof(IReadOnlyList<CodeAction>))]
[JsonSerializable(typeof(IReadOnlyList<Command>))]
[JsonSerializable(typeof(CodeLensParams))]
[JsonSerializable(typeof(IReadOnlyList<CodeLens>))]
[JsonSerializable(typeof(ExecuteCommandParams))]
[JsonSerializable(typeof(DelegateSelectionArguments))]
[JsonSerializable(typeof(NewTaskArguments))]
[JsonSerializable(typeof(AcceptArguments))]
[JsonSerializable(typeof(PublishDiagnosticsParams))]
[JsonSerializable(typeof(CreateProgressParams))]
[JsonSerializable(typeof(CancelProgressParams))]
[JsonSerializable(typeof(ProgressParams))]
[JsonSerializable(typeof(ShowMessageParams))]
[JsonSerializable(typeof(ShowMessageRequestParams))]
[JsonSerializable(typeof(MessageAction))]
[JsonSerializable(typeof(ShowDocumentParams))]
[JsonSerializable(typeof(ShowDocumentResult))]
[JsonSerializable(typeof(DidChangeWorkspaceFoldersParams))]
[JsonSerializable(typeof(DidChangeConfigurationParams))]
[JsonSerializable(typeof(ConfigurationParams))]
[JsonSerializable(typeof(RegistrationParams))]
[JsonSerializable(typeof(JsonElement))]
public sealed partial class LspJson : JsonSerializerContext;
