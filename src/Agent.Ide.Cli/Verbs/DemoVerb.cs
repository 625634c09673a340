using System.Collections.ObjectModel;
using System.CommandLine;
using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Demo;
using Agent.Ide.Cli.Output;
using Agent.Ide.Client;
using Agent.Ide.Protocol;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>demo</c>: the main job on a sample repository, with the embedded scripted model.</summary>
internal static class DemoVerb
{
    public static Verb Create()
    {
        var keep = new Option<string>("--keep") { Description = "Make the sample repository in this new folder and leave it there", HelpName = "DIR" };
        return new Verb("demo", "See it work: three agents on a sample repository, without any model", VerbGroup.Start)
        {
            Examples = ["agent-ide demo", "agent-ide demo --keep /tmp/shop"],
            Run = (invocation, cancellationToken) =>
            {
                var folder = invocation.Get(keep) is { } named ? Path.GetFullPath(named, invocation.Host.WorkingDirectory) : null;
                return RunAsync(invocation, folder, cancellationToken);
            },
        }.With(keep);
    }

    private static async Task<int> RunAsync(VerbInvocation invocation, string? keepAt, CancellationToken cancellationToken)
    {
        var output = invocation.Output;
        output.Line($"{output.Paint("Agent.Ide demo", Tone.Strong)}  {output.Paint("rehearsal: a scripted model, no language model is involved", Tone.Attention)}");
        using var repository = await DemoRepository.CreateAsync(keepAt, cancellationToken);
        output.Line($"Sample repository: {TerminalText.Line(repository.Checkout)}");
        var location = await invocation.Host.Coordinators.LocateAsync(repository.Checkout, cancellationToken);
        var client = new AgentClient(
            token => invocation.Host.Coordinators.OpenAsync(location, ReadOnlyDictionary<string, string>.Empty, token),
            new AgentClientOptions { Checkout = location.Checkout, Environment = Settings(invocation, repository), Clock = invocation.Host.Clock });
        await using (client)
        {
            try
            {
                await client.AttachAsync(cancellationToken);
                await new DemoShow(invocation, client).RunAsync(cancellationToken);
                if (output.IsJson)
                {
                    output.Json(await client.ListAsync(cancellationToken), AgentJson.Default.TaskListResult);
                }
            }
            catch (DemoFailedException exception)
            {
                output.Note(TerminalText.Line($"The demo did not come out as it should: {exception.Message} {exception.Hint}"));
                return ExitCodes.Failed;
            }
            finally
            {
                if (keepAt is null)
                {
                    await StopAsync(invocation, location);
                }
            }
        }

        output.Line();
        output.Line(keepAt is null
            ? "That was it; the sample repository is gone. In a repository of yours: agent-ide run \"what is to be done\""
            : $"Look around: agent-ide tasks --repo {TerminalText.Line(repository.Checkout)}");
        return ExitCodes.Done;
    }

    /// <summary>Settings of the demo alone: what the user has configured for real work must neither change nor bill it.</summary>
    private static Dictionary<string, string> Settings(VerbInvocation invocation, DemoRepository repository)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AGENT_IDE_INFERENCE__PROVIDER"] = "scripted",
            ["AGENT_IDE_INFERENCE__SCRIPT"] = repository.ScriptFile,
            ["AGENT_IDE_WORKTREE__MAX_CONCURRENT"] = "3",
        };
        if (invocation.Host.Environment.TryGetValue("SOURCE_DATE_EPOCH", out var epoch))
        {
            settings["SOURCE_DATE_EPOCH"] = epoch;
        }

        return settings;
    }

    /// <summary>Ends the demo's own coordinator, also after an interrupt, before its folder goes.</summary>
    private static async Task StopAsync(VerbInvocation invocation, Hosting.RepositoryLocation location)
    {
        var leave = invocation.Host.Interrupts.Second;
        try
        {
            if (await invocation.Host.Coordinators.TryOpenAsync(location, leave) is not { } stream)
            {
                return;
            }

            await using var client = new AgentClient(
                _ => Task.FromResult(stream), new AgentClientOptions { Checkout = location.Checkout, ReconnectDelays = [], Clock = invocation.Host.Clock });
            await client.AttachAsync(leave);
            await Hosting.CoordinatorEnd.StopAsync(invocation.Host, location, client, leave);
        }
        catch (Exception exception) when (exception is AgentRequestException or OperationCanceledException or IOException)
        {
            invocation.Output.Note(TerminalText.Line($"The demo's coordinator was not stopped ({exception.Message}); it ends by itself some minutes from now."));
        }
    }
}
