using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Core.Tools;

/// <summary>
/// The one visible list of tools (contract, "Tools offered to the model"). Names and arguments are fixed there;
/// descriptions are sent with every request, so each says only what the name does not.
/// </summary>
public static class BuiltInTools
{
    public const string ReadFile = "read_file";
    public const string WriteFile = "write_file";
    public const string EditFile = "edit_file";
    public const string DeleteFile = "delete_file";
    public const string MoveFile = "move_file";
    public const string ListFiles = "list_files";
    public const string SearchCodebase = "search_codebase";
    public const string RunCommand = "run_command";
    public const string UpdatePlan = "update_plan";
    public const string AskUser = "ask_user";
    public const string FetchDetail = "fetch_detail";
    public const string Finish = "finish";

    private static readonly string[] PathNames = ["file_path", "filepath", "filename", "file", "file_name"];
    private static readonly string[] StartNames = ["start", "from_line", "line_start", "offset"];
    private static readonly string[] EndNames = ["end", "to_line", "line_end"];
    private static readonly string[] LimitNames = ["limit", "max", "max_count", "count"];

    public static IReadOnlyList<ToolDefinition> All { get; } =
    [
        new(ReadFile, ToolArgumentsJson.Default.ReadFileArguments)
        {
            Description = "Read a text file, or some of its lines.",
            IsReadOnly = true,
            Aliases = Aliases(("path", PathNames), ("start_line", StartNames), ("end_line", EndNames)),
        },
        new(WriteFile, ToolArgumentsJson.Default.WriteFileArguments)
        {
            Description = "Create a file or replace all of it.",
            Aliases = Aliases(("path", PathNames), ("content", ["contents", "text", "file_text"])),
        },
        new(EditFile, ToolArgumentsJson.Default.EditFileArguments)
        {
            Description = "Replace old_text by new_text in a file.",
            Aliases = Aliases(
                ("path", PathNames),
                ("old_text", ["old_string", "old_str", "old", "search"]),
                ("new_text", ["new_string", "new_str", "new", "replace", "replacement"]),
                ("replace_all", ["all"])),
        },
        new(DeleteFile, ToolArgumentsJson.Default.DeleteFileArguments)
        {
            Description = "Delete a file.",
            Aliases = Aliases(("path", PathNames)),
        },
        new(MoveFile, ToolArgumentsJson.Default.MoveFileArguments)
        {
            Description = "Move or rename a file.",
            Aliases = Aliases(
                ("from", ["source", "src", "old_path", "path"]),
                ("to", ["destination", "dest", "target", "new_path"])),
        },
        new(ListFiles, ToolArgumentsJson.Default.ListFilesArguments)
        {
            Description = "List file paths.",
            IsReadOnly = true,
            Aliases = Aliases(("pattern", ["glob", "query"]), ("max_results", LimitNames)),
        },
        new(SearchCodebase, ToolArgumentsJson.Default.SearchCodebaseArguments)
        {
            Description = "Search file contents or paths.",
            IsReadOnly = true,
            DefaultTimeout = TimeSpan.FromSeconds(10),
            Aliases = Aliases(
                ("pattern", ["query", "search", "regex"]),
                ("kind", ["type", "mode"]),
                ("path", ["directory", "dir", "folder", .. PathNames]),
                ("max_results", LimitNames)),
        },
        new(RunCommand, ToolArgumentsJson.Default.RunCommandArguments)
        {
            Description = "Run a shell command at the repository root.",
            Place = ToolPlace.Command,
            DefaultTimeout = TimeSpan.FromSeconds(120),
            DefaultApproval = ToolApproval.Sandboxed,
            NeedsSandbox = true,
            Aliases = Aliases(("command", ["cmd", "script", "shell_command"]), ("timeout_seconds", ["timeout"])),
        },
        new(UpdatePlan, ToolArgumentsJson.Default.UpdatePlanArguments)
        {
            Description = "Keep your plan; send the whole list.",
            Place = ToolPlace.Loop,
            IsReadOnly = true,
            Aliases = Aliases(("items", ["plan", "todos", "steps", "tasks"]), ("text", ["content", "step", "title"]), ("status", ["state"])),
        },
        new(AskUser, ToolArgumentsJson.Default.AskUserArguments)
        {
            Description = "Ask the user, only when you cannot go on without an answer.",
            Place = ToolPlace.Loop,
            IsReadOnly = true,
            Aliases = Aliases(("question", ["prompt", "text", "message"])),
        },
        new(FetchDetail, ToolArgumentsJson.Default.FetchDetailArguments)
        {
            Description = "Read what a shortened result left out.",
            Place = ToolPlace.Loop,
            IsReadOnly = true,
            Aliases = Aliases(("ref", ["reference", "id", "hash"]), ("start_line", StartNames), ("end_line", EndNames)),
        },
        new(Finish, ToolArgumentsJson.Default.FinishArguments)
        {
            Description = "End the task when it is done.",
            Place = ToolPlace.Loop,
            IsReadOnly = true,
            Aliases = Aliases(("summary", ["message", "result", "text"])),
        },
    ];

    private static Dictionary<string, string> Aliases(params (string Name, string[] Aliases)[] names)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, aliases) in names)
        {
            foreach (var alias in aliases)
            {
                map.Add(alias, name);
            }
        }

        return map;
    }
}
