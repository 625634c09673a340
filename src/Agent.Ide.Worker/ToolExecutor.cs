using System.Text.Json;
using Agent.Ide.Core.Tools;
using Agent.Ide.Protocol.Worker;
using Agent.Ide.Worker.Files;
using Agent.Ide.Worker.Tools;

namespace Agent.Ide.Worker;

/// <summary>Finds a call's tool, keeps its time, and turns whatever goes wrong into an outcome that a model can act on.</summary>
public sealed class ToolExecutor
{
    private readonly IReadOnlyList<IWorkerTool> _tools;
    private readonly TimeProvider _time;

    public ToolExecutor(IReadOnlyList<IWorkerTool> tools, TimeProvider time)
    {
        _tools = tools;
        _time = time;
    }

    /// <summary>Name and version of each tool.</summary>
    public IReadOnlyList<string> Labels => [.. _tools.Select(static tool => $"{tool.Name} v{tool.Version}")];

    /// <exception cref="OperationCanceledException">The caller gave up; its own time limit is an outcome instead.</exception>
    public async Task<ToolOutcome> ExecuteAsync(WorkerExecuteParams call, CancellationToken cancellationToken)
    {
        var tool = _tools.FirstOrDefault(candidate => candidate.Name == call.Tool && candidate.Version == call.Version);
        if (tool is null)
        {
            return ToolOutcome.Error(ToolErrors.UnknownTool, $"There is no tool {call.Tool} v{call.Version} here.");
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(Math.Max(1, call.TimeoutMs)), _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await tool.ExecuteAsync(call.Arguments, either.Token);
        }
        catch (ToolFailureException failure)
        {
            return ToolOutcome.Error(failure.Code, failure.Message);
        }
        catch (JsonException exception)
        {
            return ToolOutcome.Error(ToolErrors.InvalidArguments, $"The arguments do not fit {call.Tool}: {exception.Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ToolOutcome.Error(ToolErrors.Timeout, $"{call.Tool} was stopped after {call.TimeoutMs} ms. Ask for less: a narrower path or pattern.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return ToolOutcome.Error(ToolErrors.Failed, $"{call.Tool} failed: {exception.Message}");
        }
    }
}
