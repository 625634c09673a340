namespace Agent.Ide.Protocol.Tests.TypeScript;

public sealed class TypeScriptProtocolTests
{
    [Fact]
    public void TheGeneratedTypeScript_IsWhatTheRecordsSay()
    {
        var path = Path.Combine(Root(), "extension-vscode", "src", "protocol.generated.ts");
        var expected = TypeScriptProtocol.Write();
        if (Environment.GetEnvironmentVariable("AGENT_IDE_UPDATE_GENERATED") == "1")
        {
            File.WriteAllText(path, expected);
        }

        File.ReadAllText(path).ReplaceLineEndings("\n").ShouldBe(expected, "Stale: the file's first lines say how it is made again.");
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Agent.Ide.sln")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }
}
