using System.CommandLine;
using Agent.Ide.Cli.Verbs;

namespace Agent.Ide.Cli.CommandLine;

/// <summary>All verbs, in the order of the help page.</summary>
internal static class VerbList
{
    public static RootCommand Create(CommonOptions common)
    {
        var root = new RootCommand();
        root.Options.Clear();
        root.Directives.Clear();
        root.Add(common.Repo);
        root.Add(common.Json);
        root.Add(common.Help);
        root.Add(common.Version);
        foreach (var verb in All())
        {
            root.Add(verb);
        }

        return root;
    }

    private static IEnumerable<Verb> All() =>
    [
        DemoVerb.Create(),
        RunVerb.Create(),
        Verb.NotBuilt("pipeline", "Run tasks with dependencies from a file", VerbGroup.Start),

        TasksVerb.Create(),
        ShowVerb.Create(),
        AttachVerb.Create(),
        WaitVerb.Create(),

        DiffVerb.Create(),
        AcceptVerb.Create(),
        DiscardVerb.Create(),
        RestoreVerb.Create(),
        ConflictsVerb.Create(),

        StopVerb.Create(),
        ResumeVerb.Create(),
        MessageVerb.Create(),
        Verb.NotBuilt("comment", "Comment on a line of a task's result", VerbGroup.Steer),
        RollbackVerb.Create(),
        ForkVerb.Create(),
        ApprovalVerbs.CreateApprove(),
        ApprovalVerbs.CreateDeny(),

        WorktreesVerb.Create(),
        TrustVerb.Create(),
        ApprovalsVerb.Create(),
        DoctorVerb.Create(),
        CoordinatorVerb.Create(),

        LspVerb.Create(),
        Verb.NotBuilt("mcp", "Serve other agents over MCP", VerbGroup.Serve),
        Verb.NotBuilt("broker", "Serve other agents over HTTP", VerbGroup.Serve),
    ];
}
