using Agent.Ide.Testing.Models;
using Agent.Ide.Testing.Programs;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.EndToEnd.Tests;

/// <summary>A repository, a model server and the built executable, joined as a user would join them.</summary>
internal sealed class EndToEnd : IAsyncDisposable
{
    private EndToEnd(TempRepository repository, ScriptedModelServer model, AgentIdeProgram program)
    {
        Repository = repository;
        Model = model;
        Program = program;
    }

    public TempRepository Repository { get; }

    public ScriptedModelServer Model { get; }

    public AgentIdeProgram Program { get; }

    public static async Task<EndToEnd> CreateAsync(Script script, params (string Path, string Content)[] files) =>
        Join(await TempRepository.CreateAsync(files), script);

    public static EndToEnd Join(TempRepository repository, Script script)
    {
        var model = ScriptedModelServer.Start(script.ToString());
        var program = new AgentIdeProgram(
            repository,
            ("AGENT_IDE_INFERENCE__PROVIDER", "openai"),
            ("AGENT_IDE_INFERENCE__BASE_URL", model.BaseUrl.ToString()));
        return new EndToEnd(repository, model, program);
    }

    /// <summary>Ids of all tasks, oldest first.</summary>
    public async Task<string[]> TaskIdsAsync()
    {
        var tasks = await Program.JsonAsync("tasks");
        return [.. (tasks["tasks"] ?? tasks).AsArray().Select(task => task!["id"]!.GetValue<string>()).Reverse()];
    }

    public async ValueTask DisposeAsync()
    {
        await Program.DisposeAsync();
        await Model.DisposeAsync();
        await Repository.DisposeAsync();
    }
}
