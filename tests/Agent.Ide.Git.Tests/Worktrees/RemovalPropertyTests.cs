using System.Globalization;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests;

/// <summary>
/// Any interleaving of an agent's writes, a person's edits, checkpoints, roll backs, removals, deaths in the middle of them, and restores: whatever was
/// in the worktree is there again, or in the list of what was given up, and nothing else in the repository or outside has changed.
/// </summary>
/// <remarks>The seeds are fixed. <c>AGENT_IDE_INTERNAL_REMOVAL_CASES</c> sets how many there are in each of the parts.</remarks>
public sealed class RemovalPropertyTests
{
    private const int DefaultCases = 15;

    private static int Cases =>
        int.TryParse(Environment.GetEnvironmentVariable("AGENT_IDE_INTERNAL_REMOVAL_CASES"), CultureInfo.InvariantCulture, out var cases) ? cases : DefaultCases;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task WhateverHappens_NothingIsLost(int part)
    {
        await using var user = await TempRepository.CreateAsync(
            (".gitignore", "*.log\n/build/\n"), ("a.txt", "one\n"), ("folder/b.txt", "two\n"), ("folder/run.sh", "#!/bin/sh\n"), ("other/c.txt", "three\n"));
        await Shell.RunAsync(user.Folder, "mkdir outside && echo precious > outside/file && echo secret > outside/key");
        var outside = await Contents.ReadAsync(Path.Combine(user.Folder, "outside"));
        for (var number = 0; number < Cases; number++)
        {
            var seed = (part * 100_000) + number;
            await using var scene = new RemovalScene(user, $"t{seed}", new Random(seed));
            try
            {
                await scene.PlayAsync();
                (await Contents.ReadAsync(Path.Combine(user.Folder, "outside"))).ShouldBe(outside);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Seed {seed}: {string.Join("; ", scene.Story)}", exception);
            }
        }

        await user.FsckAsync();
        await Shell.RunAsync("/", $"chmod -R u+rwx '{user.Path}'; rm -rf '{user.Path}/.worktrees'");
    }
}
