using System.Text.Json;
using Agent.Ide.Core.Tools;
using Agent.Ide.Processes;
using Agent.Ide.Protocol.Worker;
using Agent.Ide.Worker.Files;
using Agent.Ide.Worker.Searching;
using Agent.Ide.Worker.Tools;

namespace Agent.Ide.Worker.Tests;

/// <summary>A folder that stands for a worktree, with a secret beside it that no tool may reach.</summary>
internal sealed class TemporaryWorktree : IDisposable
{
    public const string Secret = "the secret beside the worktree";

    private readonly string _folder;

    public TemporaryWorktree()
    {
        _folder = Directory.CreateTempSubdirectory("agent-ide-worker-").FullName;
        Root = Path.Combine(_folder, "worktree");
        Outside = Path.Combine(_folder, "outside");
        Directory.CreateDirectory(Root);
        Directory.CreateDirectory(Outside);
        File.WriteAllText(SecretPath, Secret);
        Files = WorktreeFiles.Open(Root);
    }

    public string Root { get; }

    public string Outside { get; }

    public string SecretPath => Path.Combine(Outside, "secret.txt");

    public IWorktreeFiles Files { get; }

    public string FullPath(string path) => Path.Combine(Root, path);

    public TemporaryWorktree Write(string path, string content) => Write(path, System.Text.Encoding.UTF8.GetBytes(content));

    public TemporaryWorktree Write(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FullPath(path))!);
        File.WriteAllBytes(FullPath(path), content);
        return this;
    }

    public TemporaryWorktree Link(string path, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FullPath(path))!);
        File.CreateSymbolicLink(FullPath(path), target);
        return this;
    }

    public string Read(string path) => File.ReadAllText(FullPath(path));

    public bool Exists(string path) => Path.Exists(FullPath(path)) || new FileInfo(FullPath(path)).LinkTarget is not null;

    public Task<ProcessResult> RunAsync(string program, params string[] arguments) => ChildProcess.RunAsync(
        new ProcessStart { FileName = program, Arguments = arguments, WorkingDirectory = Root });

    public Task<ToolOutcome> ReadFileAsync(string path, int? start = null, int? end = null) => ExecuteAsync(
        new ReadFileTool(Files), JsonSerializer.SerializeToElement(new ReadFileArguments(path, start, end), ToolArgumentsJson.Default.ReadFileArguments));

    public Task<ToolOutcome> WriteFileAsync(string path, string content) => ExecuteAsync(
        new WriteFileTool(Files), JsonSerializer.SerializeToElement(new WriteFileArguments(path, content), ToolArgumentsJson.Default.WriteFileArguments));

    public Task<ToolOutcome> EditFileAsync(string path, string oldText, string newText, bool? all = null) => ExecuteAsync(
        new EditFileTool(Files),
        JsonSerializer.SerializeToElement(new EditFileArguments(path, oldText, newText, all), ToolArgumentsJson.Default.EditFileArguments));

    public Task<ToolOutcome> DeleteFileAsync(string path) => ExecuteAsync(
        new DeleteFileTool(Files), JsonSerializer.SerializeToElement(new DeleteFileArguments(path), ToolArgumentsJson.Default.DeleteFileArguments));

    public Task<ToolOutcome> MoveFileAsync(string from, string to) => ExecuteAsync(
        new MoveFileTool(Files), JsonSerializer.SerializeToElement(new MoveFileArguments(from, to), ToolArgumentsJson.Default.MoveFileArguments));

    public Task<ToolOutcome> ListFilesAsync(string? pattern = null, int? most = null) => ExecuteAsync(
        new ListFilesTool(Files), JsonSerializer.SerializeToElement(new ListFilesArguments(pattern, most), ToolArgumentsJson.Default.ListFilesArguments));

    public Task<ToolOutcome> SearchAsync(string pattern, SearchKind kind, string? path = null, int? most = null, bool ripgrep = false) => ExecuteAsync(
        new SearchCodebaseTool(Files, ripgrep ? new RipgrepSearch(Ripgrep()!, Files) : new InProcessSearch(Files)),
        JsonSerializer.SerializeToElement(
            new SearchCodebaseArguments(pattern, kind, path, most), ToolArgumentsJson.Default.SearchCodebaseArguments));

    public static string? Ripgrep() => RipgrepSearch.Find(Environment.GetEnvironmentVariable("PATH"));

    public void Dispose()
    {
        Files.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static Task<ToolOutcome> ExecuteAsync(IWorkerTool tool, JsonElement arguments) =>
        new ToolExecutor([tool], TimeProvider.System).ExecuteAsync(
            new WorkerExecuteParams(tool.Name, tool.Version, arguments, 20_000), CancellationToken.None);
}
