using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Agent.Ide.Benchmarks;

/// <summary>The rows of a run. A target is a ratio or a bound; a row without one is there to compare with.</summary>
internal sealed class BenchmarkReport
{
    private readonly List<(string What, string Measured, string Target, bool? Met)> _rows = [];

    /// <summary>A figure that must not be larger than its target.</summary>
    public void AtMost(string what, double measured, double target, string unit) =>
        _rows.Add((what, Show(measured, unit), "at most " + Show(target, unit), measured <= target));

    /// <summary>A figure that must not be smaller than its target.</summary>
    public void AtLeast(string what, double measured, double target, string unit) =>
        _rows.Add((what, Show(measured, unit), "at least " + Show(target, unit), measured >= target));

    public void Note(string what, double measured, string unit) => _rows.Add((what, Show(measured, unit), string.Empty, null));

    /// <summary>A figure that could not be taken here.</summary>
    public void Missing(string what, double target, string unit, string reason) => _rows.Add((what, reason, "at most " + Show(target, unit), null));

    public string ToTable()
    {
        var table = new StringBuilder("| What | Measured | Target | Met |\n|---|---|---|---|\n");
        foreach (var (what, measured, target, met) in _rows)
        {
            table.Append(CultureInfo.InvariantCulture, $"| {what} | {measured} | {target} | {met switch { true => "yes", false => "**no**", _ => "" }} |\n");
        }

        return table.ToString();
    }

    public string ToDocument() => $"""
        # Benchmarks

        One run of `npm run bench -- --write docs/benchmarks.md`, which leaves the remarks on missed targets to be written again. Read ratios, not milliseconds: the machine is small, and noisy.

        Machine: {MachineName()}.

        {ToTable()}
        ## What is measured, and how

        - **checkpoint**: `Checkpoints.StoreAsync` of one changed file, as a step of an agent does it: bytes read beneath the root, objects
          written and synchronised, ref moved by compare-and-swap. Median of many, in repositories of 20,000 and 200,000 files
          made by the generator of `Agent.Ide.Testing`. `git commit -am` of one changed file, in the same repository, beside it.
        - **step**: from the last byte of a model's answer to the arrival of the next request at the scripted server, which speaks OpenAI's
          wire on loopback. The tool call, the checkpoint and all that is stored lie in between.
        - **run**: `agent-ide run` of 10 reads and 10 edits as a process, the model answering at once, 200 files; processor time is that of
          the command line, the coordinator and everything they started.
        - **start**: from the start of the coordinator's process to its first answer; resident memory at the end of the run above.
        - **sandbox**: `CommandRunner` with the machine's sandbox and limits against the same shell started plainly, and a worker asked for a
          sign of life in both ways, in turns.
        - **neighbours**: two tasks of 20 steps, alone and beside three that take memory, fork and spin until their limits end them, again and again.
        - **resume**: five tasks that write a file with each step; their coordinator is killed with `kill -9` at a random moment, a client
          starts the next one, and the time counts until each of the five has told of a step begun since the kill. Steps that a client had
          been told of are looked for at the end. Twenty kills; `AGENT_IDE_BENCH_KILLS` sets another number.
        - **load**: fifty tasks of 20 steps at once in a repository of 20,000 files, `max_concurrent` 50, the model answering at once;
          the coordinator's peak resident memory is `VmHWM`.
        - **editor**: `agent/task/list` over the coordinator's socket, 500 times; then five tasks with a model that answers after 100 ms, and for each of
          their steps the time from its end, as the coordinator noted it, until a client was told of it. A step is told after its commit and its log
          entry are stored. The bundles are what esbuild left for the editor extension.
        - **parallel**: tasks of 20 steps with a model that answers after 500 ms, one, three and five at once, `async_pool_size` 8.

        """;

    private static string Show(double value, string unit) => unit switch
    {
        "x" => value.ToString("0.00", CultureInfo.InvariantCulture) + " x",
        "characters" => value.ToString("#,0", CultureInfo.InvariantCulture) + " characters",
        "MB" => value.ToString("0", CultureInfo.InvariantCulture) + " MB",
        "s" => value.ToString("0.00", CultureInfo.InvariantCulture) + " s",
        _ => value.ToString("0.0", CultureInfo.InvariantCulture) + " " + unit,
    };

    private static string MachineName()
    {
        var processor = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[^1].Trim()
            : null;
        return $"{processor ?? RuntimeInformation.ProcessArchitecture.ToString()}, {Environment.ProcessorCount} cores, " +
            $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024 * 1024)} GB, {RuntimeInformation.OSDescription}, .NET {Environment.Version}";
    }
}
