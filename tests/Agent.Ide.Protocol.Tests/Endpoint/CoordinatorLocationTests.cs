using Agent.Ide.Processes;
using Agent.Ide.Protocol.Endpoint;

namespace Agent.Ide.Protocol.Tests.Endpoint;

public sealed class CoordinatorLocationTests : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _folder = Directory.CreateTempSubdirectory("location-").FullName;
    private readonly string _common;

    public CoordinatorLocationTests() => _common = Directory.CreateDirectory(Path.Combine(_folder, "repository", ".git")).FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void For_ARepository_NamesTheSocketByTheHashOfItsPath()
    {
        var location = CoordinatorLocation.For("/", _folder);

        // printf / | sha256sum
        location.SocketPath.ShouldBe(Path.Combine(_folder, $"agent-ide-{UserId()}", "8a5edab282632443.sock"));
        location.EndpointFile.ShouldBe("/agent-ide/coordinator.json");
        location.LockFile.ShouldBe("/agent-ide/coordinator.lock");
    }

    [Fact]
    public void For_PathsThatLeadToTheSameDirectory_IsTheSameSocket()
    {
        var absolute = Path.Combine(_folder, "absolute");
        var relative = Path.Combine(_folder, "relative");
        Directory.CreateSymbolicLink(absolute, Path.Combine(_folder, "repository"));
        Directory.CreateSymbolicLink(relative, "absolute/../repository");

        string[] paths = [_common, _common + "/", Path.Combine(absolute, ".git"), Path.Combine(relative, ".", ".git")];

        paths.Select(path => CoordinatorLocation.For(path, _folder).SocketPath).Distinct().ShouldHaveSingleItem();
        CoordinatorLocation.For(Path.Combine(relative, ".git"), _folder).CommonDirectory.ShouldBe(_common);
    }

    [Fact]
    public void For_APathThatLinksToItself_IsAnError()
    {
        Directory.CreateSymbolicLink(Path.Combine(_folder, "loop"), "loop");

        Should.Throw<CoordinatorLocationException>(() => CoordinatorLocation.For(Path.Combine(_folder, "loop", ".git"), _folder));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("relative/folder")]
    [InlineData("/no/such/folder")]
    public void For_AnUnusableRuntimeFolder_FallsBackToTmp(string? runtime) =>
        CoordinatorLocation.For(_common, runtime).SocketDirectory.ShouldBe($"/tmp/agent-ide-{UserId()}");

    [Fact]
    public void For_ARuntimeFolderTooLongForASocket_FallsBackToTmp()
    {
        var runtime = Directory.CreateDirectory(Path.Combine(_folder, new string('x', 90))).FullName;

        CoordinatorLocation.For(_common, runtime).SocketDirectory.ShouldBe($"/tmp/agent-ide-{UserId()}");
    }

    [Fact]
    public async Task For_ARuntimeFolderOfSomebodyElse_FallsBackToTmp() =>
        CoordinatorLocation.For(_common, await SomebodyElsesFolderAsync()).SocketDirectory.ShouldBe($"/tmp/agent-ide-{UserId()}");

    [Fact]
    public void PrepareSocketDirectory_WhenItIsMissing_MakesItPrivate()
    {
        var location = CoordinatorLocation.For(_common, _folder);

        location.PrepareSocketDirectory();
        location.PrepareSocketDirectory();

        File.GetUnixFileMode(location.SocketDirectory).ShouldBe(Private);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupExecute)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite | UnixFileMode.OtherExecute)]
    public void PrepareSocketDirectory_WhenItIsOpenToOthers_RefusesIt(UnixFileMode more)
    {
        var location = CoordinatorLocation.For(_common, _folder);
        Directory.CreateDirectory(location.SocketDirectory);
        File.SetUnixFileMode(location.SocketDirectory, Private | more);

        var refusal = Should.Throw<CoordinatorLocationException>(location.PrepareSocketDirectory);

        refusal.Message.ShouldContain(location.SocketDirectory);
        refusal.Message.ShouldContain("0700");
        File.GetUnixFileMode(location.SocketDirectory).ShouldBe(Private | more);
    }

    [Fact]
    public void PrepareSocketDirectory_WhenItIsALink_RefusesIt()
    {
        var location = CoordinatorLocation.For(_common, _folder);
        var target = Directory.CreateDirectory(Path.Combine(_folder, "target"), Private).FullName;
        Directory.CreateSymbolicLink(location.SocketDirectory, target);

        Should.Throw<CoordinatorLocationException>(location.PrepareSocketDirectory).Message.ShouldContain("is a link");
    }

    [Fact]
    public void PrepareSocketDirectory_WhenItIsAFile_RefusesIt()
    {
        var location = CoordinatorLocation.For(_common, _folder);
        File.WriteAllText(location.SocketDirectory, string.Empty);

        Should.Throw<CoordinatorLocationException>(location.PrepareSocketDirectory).Message.ShouldContain("cannot be created");
    }

    [Fact]
    public async Task PrepareSocketDirectory_WhenItBelongsToSomebodyElse_RefusesIt()
    {
        if (UserId() != 0)
        {
            // Only root can make such a folder here; the same rule is tested without root by the runtime folder above.
            return;
        }

        var location = CoordinatorLocation.For(_common, _folder);
        Directory.CreateDirectory(location.SocketDirectory, Private);
        await GiveAwayAsync(location.SocketDirectory);

        Should.Throw<CoordinatorLocationException>(location.PrepareSocketDirectory).Message.ShouldContain("belongs to somebody else");
    }

    [Fact]
    public void Endpoint_WrittenAndRead_IsTheSameAndPrivate()
    {
        var location = CoordinatorLocation.For(_common, _folder);
        location.PrepareStateDirectory();
        var endpoint = new CoordinatorEndpoint(42, location.SocketPath, "0.1.0", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        location.ReadEndpoint().ShouldBeNull();

        location.WriteEndpoint(endpoint with { Pid = 41 });
        location.WriteEndpoint(endpoint);

        location.ReadEndpoint().ShouldBe(endpoint);
        File.ReadAllText(location.EndpointFile).ShouldBe(
            $$"""{"pid":42,"socket":"{{location.SocketPath}}","version":"0.1.0","startedAt":"2026-01-02T03:04:05+00:00"}""");
        File.GetUnixFileMode(location.EndpointFile).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(location.StateDirectory).ShouldBe(Private);
        Directory.GetFiles(location.StateDirectory).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"pid\":1")]
    [InlineData("{}")]
    [InlineData("{\"pid\":1,\"socket\":null,\"version\":\"1\",\"startedAt\":\"2026-01-02T03:04:05Z\"}")]
    [InlineData("[]")]
    public void Endpoint_ThatCannotBeRead_CountsAsNone(string content)
    {
        var location = CoordinatorLocation.For(_common, _folder);
        location.PrepareStateDirectory();
        File.WriteAllText(location.EndpointFile, content);

        location.ReadEndpoint().ShouldBeNull();
    }

    [Fact]
    public void IsOwnSocket_IsTrueOnlyForTheNameInAPrivateFolder()
    {
        var location = CoordinatorLocation.For(_common, _folder);
        location.PrepareSocketDirectory();
        var other = Directory.CreateDirectory(Path.Combine(_folder, "other"), Private).FullName;
        var open = Directory.CreateDirectory(Path.Combine(_folder, "open")).FullName;
        File.SetUnixFileMode(open, Private | UnixFileMode.OtherExecute);
        var name = Path.GetFileName(location.SocketPath);

        location.IsOwnSocket(location.SocketPath).ShouldBeTrue();
        location.IsOwnSocket(Path.Combine(other, name)).ShouldBeTrue();
        location.IsOwnSocket(Path.Combine(open, name)).ShouldBeFalse();
        location.IsOwnSocket(Path.Combine(other, "else.sock")).ShouldBeFalse();
        location.IsOwnSocket(Path.Combine("/no/such/folder", name)).ShouldBeFalse();
        location.IsOwnSocket(name).ShouldBeFalse();
    }

    private static uint UserId() => uint.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[2],
        System.Globalization.CultureInfo.InvariantCulture);

    private async Task<string> SomebodyElsesFolderAsync()
    {
        if (UserId() != 0)
        {
            return "/";
        }

        var folder = Directory.CreateDirectory(Path.Combine(_folder, "else"), Private).FullName;
        await GiveAwayAsync(folder);
        return folder;
    }

    private static async Task GiveAwayAsync(string folder) =>
        (await ChildProcess.RunAsync(new ProcessStart { FileName = "chown", Arguments = ["12345", folder] })).ExitCode.ShouldBe(0);
}
