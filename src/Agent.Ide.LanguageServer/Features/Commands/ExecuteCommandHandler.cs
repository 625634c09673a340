using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Agent.Ide.JsonRpc;
using Agent.Ide.LanguageServer.Features.Delegation;
using Agent.Ide.LanguageServer.Features.Review;
using Agent.Ide.LanguageServer.Sessions;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Lsp;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.LanguageServer.Features.Commands;

/// <summary><c>workspace/executeCommand</c>: the commands of <see cref="AgentCommands"/>, each answered with what it made.</summary>
public static class ExecuteCommandHandler
{
    public static async Task<JsonElement> HandleAsync(EditorSession session, ExecuteCommandParams request, CancellationToken cancellationToken)
    {
        switch (request.Command)
        {
            case AgentCommands.DelegateSelection:
                var selection = Argument(request, LspJson.Default.DelegateSelectionArguments);
                return ToJson(await DelegateSelectionCommand.RunAsync(session, selection, cancellationToken), AgentJson.Default.AgentTask);
            case AgentCommands.NewTask:
                var prompt = Argument(request, LspJson.Default.NewTaskArguments).Prompt;
                var created = await session.Services.Creation.CreateAsync(session.Context.Client, new CreateTaskParams { Prompt = prompt }, cancellationToken);
                return ToJson(created, AgentJson.Default.AgentTask);
            case AgentCommands.Review:
                var uri = await ReviewCommand.RunAsync(session, TaskOf(request), cancellationToken);
                return ToJson(new ShowDocumentParams(uri), LspJson.Default.ShowDocumentParams);
            case AgentCommands.Accept:
                var accept = Argument(request, LspJson.Default.AcceptArguments);
                var head = HeadOf(session, accept.Id);
                return ToJson(await AcceptCommand.RunAsync(session, accept.Id, head, accept.Files, cancellationToken), AgentJson.Default.AcceptResult);
            case AgentCommands.Discard:
                return await OnTaskAsync(session, TaskOf(request), actor => actor.DiscardAsync(cancellationToken), cancellationToken);
            case AgentCommands.Stop:
                return await OnTaskAsync(session, TaskOf(request), actor => actor.StopAsync(cancellationToken), cancellationToken);
            default:
                throw new RpcErrorException(RpcErrorCodes.InvalidParams, $"There is no command '{request.Command}'.");
        }
    }

    private static async Task<JsonElement> OnTaskAsync(
        EditorSession session, string id, Func<Coordinator.Tasks.TaskActor, Task> action, CancellationToken cancellationToken)
    {
        using var lease = await session.Services.Tasks.LeaseAsync(id, cancellationToken);
        await action(lease.Actor);
        return ToJson(session.Services.Tasks.View(id), AgentJson.Default.AgentTask);
    }

    /// <summary>What was shown; where nothing was, whoever calls the command takes the task as it is.</summary>
    private static string HeadOf(EditorSession session, string id) => session.Reviewed.Of(id) ?? session.Services.Tasks.View(id).Head;

    private static string TaskOf(ExecuteCommandParams request) => Argument(request, AgentJson.Default.TaskIdParams).Id;

    private static T Argument<T>(ExecuteCommandParams request, JsonTypeInfo<T> type)
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

    private static JsonElement ToJson<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToElement(value, type);
}
