using Agent.Ide.Benchmarks;

// agent-ide's own benchmark: every figure is taken in one run on one machine, so that ratios mean something.
// Usage: Agent.Ide.Benchmarks [--write FILE] [SECTION …]; without a section, all of them. FILE is a page with a table, which the rows replace.
#pragma warning disable RS0030 // A benchmark is a command-line program of its own.
var write = Array.IndexOf(args, "--write");
var file = write >= 0 && write + 1 < args.Length ? args[write + 1] : null;
var wanted = args.Where((argument, index) => !argument.StartsWith("--", StringComparison.Ordinal) && (write < 0 || index != write + 1)).ToArray();
(string Name, Func<BenchmarkReport, Task> Run)[] sections =
[
    // Large repositories come last: their removal keeps the file system busy long after it returned.
    ("run", RunBenchmark.RunAsync),
    ("start", StartBenchmark.RunAsync),
    ("editor", EditorBenchmark.RunAsync),
    ("vscode", WorkbenchBenchmark.RunAsync),
    ("parallel", ParallelBenchmark.RunAsync),
    ("sandbox", SandboxBenchmark.RunAsync),
    ("neighbours", NeighboursBenchmark.RunAsync),
    ("resume", ResumeBenchmark.RunAsync),
    ("step", StepBenchmark.RunAsync),
    ("checkpoint", CheckpointBenchmark.RunAsync),
    ("load", LoadBenchmark.RunAsync),
];
if (wanted.FirstOrDefault(name => sections.All(section => section.Name != name)) is { } unknown)
{
    await Console.Error.WriteLineAsync($"There is no section '{unknown}': {string.Join(", ", sections.Select(section => section.Name))}.");
    return 2;
}

var report = new BenchmarkReport();
foreach (var (name, run) in sections)
{
    if (wanted.Length == 0 || wanted.Contains(name))
    {
        await Console.Error.WriteLineAsync($"measuring: {name}");
        await run(report);
    }
}

Console.WriteLine(report.ToTable());
if (file is not null)
{
    var page = await File.ReadAllTextAsync(file);
    await File.WriteAllTextAsync(file, BenchmarkDocument.With(page, report.ToTable(), BenchmarkReport.MachineName(), whole: wanted.Length == 0));
}

return 0;
