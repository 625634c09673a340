using Agent.Ide.Coordinator.Storage;

namespace Agent.Ide.Coordinator.Tests.Storage;

public sealed class CheckoutFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agent-ide-checkout-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void AFileReachedThroughALinkedFolder_IsTheFileItLeadsTo_AndALinkIsItself()
    {
        var root = Directory.CreateDirectory(Path.Combine(RealPath.Of(_folder), "repository")).FullName;
        Directory.CreateDirectory(Path.Combine(root, "src"));
        File.CreateSymbolicLink(Path.Combine(root, "src", "link.txt"), "/etc/hostname");
        var other = Path.Combine(Path.GetDirectoryName(root)!, "other");
        Directory.CreateSymbolicLink(other, root);

        CheckoutFile.PathOf(root, UriOf(Path.Combine(other, "src", "ü %#.txt"))).ShouldBe("src/ü %#.txt");
        CheckoutFile.PathOf(root, UriOf(Path.Combine(root, "src", "link.txt"))).ShouldBe("src/link.txt");
        CheckoutFile.PathOf(root, UriOf(Path.Combine(root, "new", "folder", "a.txt"))).ShouldBe("new/folder/a.txt");
        CheckoutFile.PathOf(root, UriOf(Path.Combine(root, "..", "a.txt"))).ShouldBeNull();
        CheckoutFile.PathOf(root, UriOf(root)).ShouldBeNull();
        CheckoutFile.PathOf(root, "file:///").ShouldBeNull();
    }

    private static string UriOf(string path) =>
        "file://" + string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
}
