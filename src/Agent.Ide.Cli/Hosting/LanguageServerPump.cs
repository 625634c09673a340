using System.Runtime.ExceptionServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Agent.Ide.Client;
using Agent.Ide.Git;
using Agent.Ide.JsonRpc;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Lsp;

namespace Agent.Ide.Cli.Hosting;

/// <summary>
/// <c>agent-ide lsp --stdio</c>: between an editor's pipes and the coordinator's socket. Only the first message is read: it names the
/// folder, and with it the coordinator; from then on bytes are passed on as they are.
/// </summary>
internal sealed class LanguageServerPump
{
    /// <summary>Of an <c>initialize</c>; the largest seen from an editor have some 10 kB.</summary>
    private const int MaxFirstMessageBytes = 4 * 1024 * 1024;

    private readonly ICoordinatorAccess _coordinators;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly string _workingDirectory;
    private readonly bool _beginsEarly;

    /// <param name="coordinators">Finds repositories, and their coordinators.</param>
    /// <param name="environment">The editor's: its settings and keys go along.</param>
    /// <param name="workingDirectory">Meant where the editor names no folder.</param>
    /// <param name="beginsEarly">Whether that folder is likely the one that the editor will name, so that its coordinator is looked for at once.</param>
    public LanguageServerPump(ICoordinatorAccess coordinators, IReadOnlyDictionary<string, string> environment, string workingDirectory, bool beginsEarly)
    {
        _beginsEarly = beginsEarly;
        _coordinators = coordinators;
        _environment = environment;
        _workingDirectory = workingDirectory;
    }

    /// <summary>Runs until one of the two sides is gone.</summary>
    /// <returns>An exit code: 0 when the editor ended it, 1 when the coordinator was lost, 6 when there was none to be had.</returns>
    public async Task<int> RunAsync(Stream input, Stream output, Func<string, Task> complain, CancellationToken cancellationToken)
    {
        await using var early = _beginsEarly ? new EarlyConnection(_coordinators, _workingDirectory, cancellationToken) : null;
        byte[]? first;
        JsonObject? initialize;
        try
        {
            first = await RpcFrame.ReadAsync(input, MaxFirstMessageBytes, cancellationToken);
            initialize = first is null ? null : JsonNode.Parse(first) as JsonObject;
        }
        catch (Exception e) when (e is RpcFramingException or JsonException)
        {
            await complain($"What came is no language client's message: {e.Message}");
            return ExitCodes.Usage;
        }

        if (first is null)
        {
            return ExitCodes.Done;
        }

        var variables = ClientVariables.Select(_environment.Concat(KeysOf(initialize)));
        Stream coordinator;
        try
        {
            var repository = await LocateAsync(initialize, early, cancellationToken);
            var ahead = early is null ? null : await early.TakeAsync(repository);
            coordinator = ahead ?? await _coordinators.OpenAsync(repository, variables, cancellationToken);
        }
        catch (Exception e) when (e is GitException or AgentRequestException)
        {
            await RefuseAsync(output, initialize, e.Message, cancellationToken);
            await complain(e.Message);
            return ExitCodes.Environment;
        }

        await using (coordinator)
        {
            await RpcFrame.WriteAsync(coordinator, initialize is null ? first : WithEnvironment(initialize, variables), cancellationToken);
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var fromEditor = CopyAsync(input, coordinator, ended.Token);
            var toEditor = CopyAsync(coordinator, output, ended.Token);
            var firstEnded = await Task.WhenAny(fromEditor, toEditor);
            await ended.CancelAsync();
            if (firstEnded == fromEditor)
            {
                return ExitCodes.Done;
            }

            // The answer to "shutdown" and the "exit" after it cross with the end of the connection: that end was asked for.
            return await IsFarewellAsync(fromEditor) ? ExitCodes.Done : await LostAsync(complain);
        }
    }

    private static async Task<int> LostAsync(Func<string, Task> complain)
    {
        await complain("The coordinator closed the connection. Start the language server again; the tasks are kept.");
        return ExitCodes.Failed;
    }

    /// <summary>True when what the editor sent last was LSP's <c>exit</c>.</summary>
    private static async Task<bool> IsFarewellAsync(Task<byte[]> copied)
    {
        var tail = await copied;
        return tail.AsSpan().IndexOf("\"exit\""u8) >= 0;
    }

    /// <returns>The last bytes that were copied, as far as they came in one piece.</returns>
    private static async Task<byte[]> CopyAsync(Stream from, Stream to, CancellationToken cancellationToken)
    {
        var buffer = new byte[32 * 1024];
        var last = Array.Empty<byte>();
        try
        {
            int read;
            while ((read = await from.ReadAsync(buffer, cancellationToken).AsTask().WaitAsync(cancellationToken)) > 0)
            {
                last = buffer.AsSpan(Math.Max(0, read - 256), Math.Min(read, 256)).ToArray();
                await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                await to.FlushAsync(cancellationToken);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // One of the two sides is gone; which one it was decides the caller.
        }

        return last;
    }

    /// <summary>
    /// The repository of the first folder that is in one. Where none is, the error is about the first; an editor that opened no folder means
    /// where it was started, and is made to say so.
    /// </summary>
    private async Task<RepositoryLocation> LocateAsync(JsonObject? initialize, EarlyConnection? early, CancellationToken cancellationToken)
    {
        if (initialize?["params"] is not JsonObject parameters)
        {
            return await _coordinators.LocateAsync(_workingDirectory, cancellationToken);
        }

        var folders = FoldersOf(parameters);
        if (folders.Count == 0)
        {
            parameters["rootUri"] = new Uri(_workingDirectory).AbsoluteUri;
            folders = [_workingDirectory];
        }

        ExceptionDispatchInfo? inNone = null;
        foreach (var folder in folders)
        {
            try
            {
                var known = early is null ? null : await early.RepositoryOfAsync(folder);
                return known ?? await _coordinators.LocateAsync(folder, cancellationToken);
            }
            catch (GitException e) when (e.Problem is GitProblem.NotARepository or GitProblem.BareRepository)
            {
                inNone ??= ExceptionDispatchInfo.Capture(e);
            }
        }

        inNone!.Throw();
        throw inNone.SourceException;
    }

    /// <returns>Those that the editor names and that exist, in its order.</returns>
    private static IReadOnlyList<string> FoldersOf(JsonObject parameters)
    {
        string?[] named =
        [
            .. (parameters["workspaceFolders"] as JsonArray ?? []).Select(static folder => TextOf(folder?["uri"])),
            TextOf(parameters["rootUri"]),
            TextOf(parameters["rootPath"]),
        ];
        return [.. named.Select(PathOf).OfType<string>().Where(Directory.Exists).Distinct(StringComparer.Ordinal)];
    }

    private static string? TextOf(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static string? PathOf(string? name) => name is null
        ? null
        : Uri.TryCreate(name, UriKind.Absolute, out var uri) && uri.IsFile ? uri.LocalPath : name;

    /// <summary>
    /// Keys that the editor keeps in a place of its own and tells here. Nothing else of the environment is taken from it: its options may come
    /// from files of the repository, which must not choose where settings are read and keys are sent to.
    /// </summary>
    private static IEnumerable<KeyValuePair<string, string>> KeysOf(JsonObject? initialize)
    {
        if (initialize?["params"] is JsonObject parameters
            && parameters["initializationOptions"] is JsonObject options
            && options["environment"] is JsonObject environment)
        {
            foreach (var (name, value) in environment)
            {
                if (ClientVariables.IsKey(name) && TextOf(value) is { } text)
                {
                    yield return KeyValuePair.Create(name, text);
                }
            }
        }
    }

    private static byte[] WithEnvironment(JsonObject initialize, IReadOnlyDictionary<string, string> variables)
    {
        if (initialize["params"] is JsonObject parameters)
        {
            if (parameters["initializationOptions"] is not JsonObject options)
            {
                parameters["initializationOptions"] = options = [];
            }

            var environment = new JsonObject();
            foreach (var (name, value) in variables)
            {
                environment[name] = JsonValue.Create(value);
            }

            options["environment"] = environment;
        }

        return System.Text.Encoding.UTF8.GetBytes(initialize.ToJsonString());
    }

    /// <summary>An editor shows why; without an answer it would wait, or only say that the server crashed.</summary>
    private static async Task RefuseAsync(Stream output, JsonObject? request, string message, CancellationToken cancellationToken)
    {
        var answer = new JsonObject
        {
            ["jsonrpc"] = "2.0",
            ["id"] = request?["id"]?.DeepClone(),
            ["error"] = new JsonObject
            {
                ["code"] = RpcErrorCodes.RequestFailed,
                ["message"] = message,
                ["data"] = new JsonObject { ["retry"] = false },
            },
        };
        await RpcFrame.WriteAsync(output, System.Text.Encoding.UTF8.GetBytes(answer.ToJsonString()), cancellationToken);
    }
}
