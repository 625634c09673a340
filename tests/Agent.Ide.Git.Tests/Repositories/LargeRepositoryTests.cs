using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests.Repositories;

public sealed class LargeRepositoryTests
{
    [Fact]
    public async Task Create_MakesACleanCheckoutOfTheAskedSize_SameHashEachTime()
    {
        await using var folder = await TempRepository.CreateAsync();
        var first = Path.Combine(folder.Folder, "first");
        var second = Path.Combine(folder.Folder, "second");

        var hash = await LargeRepository.CreateAsync(first, 200, folder.Environment);
        var again = await LargeRepository.CreateAsync(second, 200, folder.Environment);

        again.ShouldBe(hash);
        Directory.EnumerateFiles(Path.Combine(first, "src"), "*.cs", SearchOption.AllDirectories).Count().ShouldBe(200);
        File.ReadAllText(Path.Combine(first, LargeRepository.PathOf(123))).ShouldBe(LargeRepository.ContentOf(123));
        var fingerprint = await CheckoutFingerprint.TakeAsync(first, folder.Environment);
        fingerprint.Entries["status"].ShouldNotContain("\n1 ");
    }
}
