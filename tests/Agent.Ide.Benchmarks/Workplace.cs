using System.Text.Json.Nodes;
using Agent.Ide.Testing.Models;
using Agent.Ide.Testing.Programs;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Benchmarks;

/// <summary>A repository of a size, a scripted model server, and the executable joined to both.</summary>
internal sealed class Workplace : IAsyncDisposable
{
    private readonly TempRepository _repository;

    private Workplace(TempRepository repository, ScriptedModelServer model, AgentIdeProgram program)
    {
        _repository = repository;
        Model = model;
        Program = program;
    }

    public ScriptedModelServer Model { get; }

    public AgentIdeProgram Program { get; }

    public string Path => _repository.Path;

    public static async Task<Workplace> CreateAsync(int files, int delayMs = 0, Action<JsonObject>? extend = null)
    {
        var repository = await TempRepository.CreateAsync();
        Directory.Delete(repository.Path, recursive: true);
        await LargeRepository.CreateAsync(repository.Path, files, repository.Environment);
        var model = ScriptedModelServer.Start(BenchmarkScript.Json(files, delayMs, extend));
        var program = new AgentIdeProgram(
            repository,
            ("AGENT_IDE_INFERENCE__PROVIDER", "openai"),
            ("AGENT_IDE_INFERENCE__BASE_URL", model.BaseUrl.ToString()),
            ("AGENT_IDE_INFERENCE__ASYNC_POOL_SIZE", "8"),
            ("AGENT_IDE_WORKTREE__MAX_CONCURRENT", "5"));
        return new Workplace(repository, model, program);
    }

    public async Task RunTaskAsync() => (await Program.RunAsync("run", BenchmarkScript.Prompt)).ShouldEndWith(0);

    public async ValueTask DisposeAsync()
    {
        await Program.DisposeAsync();
        await Model.DisposeAsync();
        await _repository.DisposeAsync();
    }
}
