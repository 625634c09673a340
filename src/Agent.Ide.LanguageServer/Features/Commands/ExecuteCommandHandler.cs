using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Agent.Ide.JsonRpc;
using Agent.Ide.LanguageServer.Features.Delegation;
using Agent.Ide.LanguageServer.Features.Review;
using Agent.Ide.LanguageServer.Sessions;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Lsp;
using Agent.Ide.Protocol.Review;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.LanguageServer.Features.Commands;

/// <summary><c>workspace/executeCommand</c>: the commands of <see cref="AgentCommands"/>, each answered with what it made.</summary>
public static class ExecuteCommandHandler
{
    private static readonly JsonElement s_null = JsonDocument.Parse("null").RootElement.Clone();

    public static async Task<JsonElement> HandleAsync(EditorSession session, ExecuteCommandParams request, CancellationToken cancellationToken)
    {
        switch (request.Command)
        {
            case AgentCommands.DelegateSelection:
                await session.Configuration.ReadyAsync(cancellationToken);
                var selection = CommandArgument.Of(request, LspJson.Default.DelegateSelectionArguments);
                return ToJson(await DelegateSelectionCommand.RunAsync(session, selection, cancellationToken), AgentJson.Default.AgentTask);
            case AgentCommands.NewTask:
                await session.Configuration.ReadyAsync(cancellationToken);
                var prompt = CommandArgument.Of(request, LspJson.Default.NewTaskArguments).Prompt;
                var created = await session.Services.Creation.CreateAsync(session.Context.Client, new CreateTaskParams { Prompt = prompt }, cancellationToken);
                return ToJson(created, AgentJson.Default.AgentTask);
            case AgentCommands.Review or AgentCommands.Accept or AgentCommands.Discard or AgentCommands.Stop:
                var id = await TaskChoice.OfAsync(session, request, cancellationToken);
                return id is null ? s_null : await OnTaskAsync(session, request, id, cancellationToken);
            default:
                throw new RpcErrorException(RpcErrorCodes.InvalidParams, $"There is no command '{request.Command}'.");
        }
    }

    private static async Task<JsonElement> OnTaskAsync(EditorSession session, ExecuteCommandParams request, string id, CancellationToken cancellationToken)
    {
        switch (request.Command)
        {
            case AgentCommands.Review:
                var uri = await ReviewCommand.RunAsync(session, id, cancellationToken);
                return ToJson(new ShowDocumentParams(uri), LspJson.Default.ShowDocumentParams);
            case AgentCommands.Accept:
                var part = CommandArgument.IsGiven(request) ? CommandArgument.Of(request, LspJson.Default.AcceptArguments) : null;
                // What was shown; where nothing was, whoever calls the command takes the task as it is.
                var shown = session.Reviewed.Of(id);
                var asked = new AcceptParams(
                    id, shown?.Head ?? session.Services.Tasks.View(id).Head, Files: part?.Files, Hunks: part?.Hunks, ExpectedBase: part?.Hunks is null ? null : shown?.Base);
                return ToJson(await AcceptCommand.RunAsync(session, asked, cancellationToken), AgentJson.Default.AcceptResult);
            case AgentCommands.Discard:
                return await OnTaskAsync(session, id, actor => actor.DiscardAsync(cancellationToken), cancellationToken);
            default:
                return await OnTaskAsync(session, id, actor => actor.StopAsync(cancellationToken), cancellationToken);
        }
    }

    private static async Task<JsonElement> OnTaskAsync(
        EditorSession session, string id, Func<Coordinator.Tasks.TaskActor, Task> action, CancellationToken cancellationToken)
    {
        using var lease = await session.Services.Tasks.LeaseAsync(id, cancellationToken);
        await action(lease.Actor);
        return ToJson(session.Services.Tasks.View(id), AgentJson.Default.AgentTask);
    }

    private static JsonElement ToJson<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToElement(value, type);
}
