using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Agent.Ide.JsonRpc;
using Agent.Ide.Processes;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Lsp;
using Agent.Ide.Testing.Programs;

namespace Agent.Ide.EndToEnd.Tests;

/// <summary>
/// A plain LSP editor at the other end of <c>agent-ide lsp --stdio</c>: opens files, calls commands, and presses the buttons it was
/// told to press. What the server says is kept in the order it came.
/// </summary>
internal sealed class ScriptedEditor : IAsyncDisposable
{
    private const string Models = """{"models":[{"id":"small","name":"Small","maxInputTokens":16000},{"id":"large","name":"Large","maxInputTokens":64000}]}""";

    private readonly ChildProcess _process;
    private readonly RpcConnection _connection;
    private readonly Channel<(string Method, JsonNode Parameters)> _said = Channel.CreateUnbounded<(string, JsonNode)>();
    private readonly Func<string, string?> _press;

    /// <param name="program">How it is started.</param>
    /// <param name="folder">The editor's working directory.</param>
    /// <param name="press">Which button is pressed for a message; null closes it.</param>
    /// <param name="options">Of <c>agent-ide lsp</c>, beside <c>--stdio</c>.</param>
    public ScriptedEditor(AgentIdeProgram program, string folder, Func<string, string?> press, params string[] options)
    {
        _press = press;
        _process = ChildProcess.Start(new ProcessStart
        {
            FileName = AgentIdeProgram.FileName,
            Arguments = ["lsp", "--stdio", .. options],
            WorkingDirectory = folder,
            Environment = program.Variables,
        });
        var json = LspJson.Default.JsonElement;
        var router = new RpcRouter()
            .OnRequest(LspMethods.CreateProgress, json, json, (p, _) => Keep(LspMethods.CreateProgress, p, "null"))
            .OnRequest(LspMethods.ShowMessageRequest, json, json, AnswerAsync)
            .OnRequest(LspMethods.ShowDocument, json, json, (p, _) => Keep(LspMethods.ShowDocument, p, """{"success":true}"""))
            .OnRequest(AgentMethods.EditorModels, json, json, (_, _) => Task.FromResult(Element(JsonNode.Parse(Models))))
            .OnRequest(AgentMethods.EditorChat, json, json, ChatAsync)
            .OnRequest(LspMethods.RefreshCodeLenses, json, json, (p, _) => Keep(LspMethods.RefreshCodeLenses, p, "null"));
        foreach (var method in new[] { LspMethods.Progress, LspMethods.ShowMessage, LspMethods.PublishDiagnostics })
        {
            router.OnNotification(method, json, (p, _) => Keep(method, p, "null"));
        }

        _connection = new RpcConnection(_process.StandardOutput, _process.StandardInput, router);
        _connection.Start();
    }

    /// <summary>Answers a turn as one of the editor's own models; null: the editor has none.</summary>
    public Func<JsonNode, JsonNode>? Model { get; init; }

    /// <summary>Whether it shows tasks and asks its user by itself, as our own extension does.</summary>
    public bool HasPanel { get; init; }

    /// <summary>Environment variables that the editor tells the server, and does not have itself.</summary>
    public JsonObject Variables { get; } = [];

    /// <summary>Ends when the server has closed the connection.</summary>
    public Task Ended => _connection.Completion;

    public static async Task<ScriptedEditor> OpenAsync(
        AgentIdeProgram program, string folder, Func<string, string?> press, Func<JsonNode, JsonNode>? model = null)
    {
        var editor = new ScriptedEditor(program, folder, press) { Model = model };
        await editor.InitializeAsync(folder);
        return editor;
    }

    public async Task<JsonNode> InitializeAsync(string folder)
    {
        var result = await AskAsync(LspMethods.Initialize, new JsonObject
        {
            ["processId"] = null,
            ["clientInfo"] = new JsonObject { ["name"] = "Scripted Editor" },
            ["rootUri"] = new Uri(folder).AbsoluteUri,
            ["initializationOptions"] = new JsonObject { ["environment"] = Variables.DeepClone() },
            ["capabilities"] = new JsonObject
            {
                ["window"] = new JsonObject { ["workDoneProgress"] = true, ["showDocument"] = new JsonObject { ["support"] = true } },
                ["workspace"] = new JsonObject { ["codeLens"] = new JsonObject { ["refreshSupport"] = true } },
                ["textDocument"] = new JsonObject { ["codeAction"] = new JsonObject { ["codeActionLiteralSupport"] = new JsonObject() } },
                ["experimental"] = new JsonObject { ["agentIde"] = HasPanel, ["agentIdeModels"] = Model is not null },
            },
        });
        await TellAsync(LspMethods.Initialized, new JsonObject());
        return result!;
    }

    public async Task<JsonNode?> AskAsync(string method, JsonNode? parameters)
    {
        using var patience = new CancellationTokenSource(RunningProgram.Patience);
        var json = LspJson.Default.JsonElement;
        var answer = await _connection.InvokeAsync(method, Element(parameters), json, json, patience.Token);
        return JsonNode.Parse(answer.GetRawText());
    }

    /// <summary>Has an agent begin, by the command that any editor has for it.</summary>
    /// <returns>The task's id.</returns>
    public async Task<string> NewTaskAsync(string prompt)
    {
        var task = await AskAsync(LspMethods.ExecuteCommand, new JsonObject
        {
            ["command"] = AgentCommands.NewTask,
            ["arguments"] = new JsonArray(new JsonObject { ["prompt"] = prompt }),
        });
        return task!["id"]!.GetValue<string>();
    }

    public async Task TellAsync(string method, JsonNode parameters) =>
        await _connection.NotifyAsync(method, Element(parameters), LspJson.Default.JsonElement, CancellationToken.None);

    /// <summary>Skips what the server says until something fits.</summary>
    public async Task<JsonNode> WaitAsync(string method, Func<JsonNode, bool> fits)
    {
        using var patience = new CancellationTokenSource(RunningProgram.Patience);
        while (true)
        {
            var (said, parameters) = await _said.Reader.ReadAsync(patience.Token);
            if (said == method && fits(parameters))
            {
                return parameters;
            }
        }
    }

    public async Task<int> ExitAsync()
    {
        await AskAsync(LspMethods.Shutdown, null);
        await TellAsync(LspMethods.Exit, new JsonObject());
        using var patience = new CancellationTokenSource(RunningProgram.Patience);
        return await _process.WaitForExitAsync(patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _process.DisposeAsync();
    }

    private static JsonElement Element(JsonNode? node)
    {
        using var document = JsonDocument.Parse(node?.ToJsonString() ?? "null");
        return document.RootElement.Clone();
    }

    private async Task<JsonElement> ChatAsync(JsonElement turn, CancellationToken cancellationToken)
    {
        var request = JsonNode.Parse(turn.GetRawText())!;
        await TellAsync(LspMethods.Progress, new JsonObject { ["token"] = request["partialResultToken"]!.DeepClone(), ["value"] = new JsonObject { ["text"] = "…" } });
        return Element(Model!(request));
    }

    private async Task<JsonElement> AnswerAsync(JsonElement question, CancellationToken cancellationToken)
    {
        await Keep(LspMethods.ShowMessageRequest, question, "null");
        var button = _press(question.GetProperty("message").GetString()!);
        return Element(button is null ? null : new JsonObject { ["title"] = button });
    }

    private async Task<JsonElement> Keep(string method, JsonElement parameters, string answer)
    {
        await _said.Writer.WriteAsync((method, JsonNode.Parse(parameters.GetRawText()) ?? new JsonObject()));
        return Element(JsonNode.Parse(answer));
    }
}
