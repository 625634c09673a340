using System.Text;
using Agent.Ide.Testing.Models;

namespace Agent.Ide.EndToEnd.Tests;

/// <summary>A key goes to the server it is for, and is found nowhere else afterwards, whatever a server or an agent does.</summary>
public sealed class SecretTests
{
    private const string Key = "sk-planted-0123456789abcdef";

    [Fact]
    public async Task AKeyThatAServerEchoes_AndASandboxLooksFor_IsInNoFileAndInNoMessage()
    {
        var script = new Script().On(
            "look for keys", Script.Command($"env > env.txt; grep -rs {Key[..12]} / --include=* --exclude-dir=proc --exclude-dir=sys --exclude-dir=usr > found.txt; true"), Script.Finish($"The key is {Key}."));
        await using var all = await EndToEnd.CreateAsync(script, ("README.md", "hello\n"));
        all.Program.Variables["OPENAI_API_KEY"] = Key;
        var failed = 0;
        all.Model.FaultFor = request => request.IsChat && request.Answers == 1 && Interlocked.Exchange(ref failed, 1) == 0
            ? new ModelFault { Status = 500, ErrorMessage = $"Internal error with Authorization: Bearer {Key}" }
            : null;

        var echoed = await all.Program.RunAsync("run", "look for keys");
        all.Model.FaultFor = _ => new ModelFault { Status = 400, ErrorMessage = $"Incorrect API key provided: {Key}" };
        var refused = await all.Program.RunAsync("run", "look for keys");

        refused.ExitCode.ShouldNotBe(0);
        (echoed.Output + echoed.Error + refused.Output + refused.Error).ShouldNotContain(Key);
        refused.Error.ShouldContain("Incorrect API key provided: [key]");
        (await all.Program.RunAsync("tasks", "--json")).Output.ShouldNotContain(Key);
        foreach (var file in Directory.EnumerateFiles(all.Repository.Folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Where(file => Path.GetFileName(file) != "coordinator.lock"))
        {
            Encoding.Latin1.GetString(await ReadAsync(file)).ShouldNotContain(Key, customMessage: file);
        }

        foreach (var reference in (await all.Repository.GitAsync("for-each-ref", "--format=%(refname)")).Split('\n'))
        {
            (await all.Repository.GitAsync("log", "-p", "--notes=*", reference, "--")).ShouldNotContain(Key, customMessage: reference);
        }
    }

    private static async Task<byte[]> ReadAsync(string file)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes);
        return bytes.ToArray();
    }
}
