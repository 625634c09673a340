using System.Buffers.Text;
using System.Globalization;

namespace Agent.Ide.Coordinator.Sandboxing.Limits.Watchdog;

/// <summary>What a process and everything below it use, as <c>/proc</c> tells it in one pass.</summary>
/// <param name="Members">Process ids, the top one first.</param>
/// <param name="Threads">Of all members; a process counts at least one.</param>
/// <param name="Bytes">Memory of the members' own: no files, and shared memory once for each that maps it.</param>
internal sealed record ProcessTree(IReadOnlyList<int> Members, int Threads, long Bytes)
{
    /// <summary>
    /// In a process namespace of its own nothing leaves the tree: orphans are inherited by its first process, which is in it.
    /// </summary>
    /// <param name="top">The process at the top.</param>
    /// <param name="enough">
    /// As soon as more threads than this are found the rest is not looked at: a tree that grows faster than it is read must be
    /// ended, not counted.
    /// </param>
    public static ProcessTree Of(int top, int enough)
    {
        var members = new List<int> { top };
        var threads = 0;
        var bytes = 0L;
        for (var index = 0; index < members.Count && threads <= enough && members.Count <= enough; index++)
        {
            try
            {
                var status = new ProcessStatus(members[index]);
                threads += status.Threads;
                bytes += status.Bytes;
                AddChildren(members, members[index], status.Threads);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended while it was looked at.
            }
        }

        return new ProcessTree(members, Math.Max(threads, members.Count), bytes);
    }

    /// <summary>The same memory with what is shared counted once (<c>Pss</c>, proc(5)); slow, so for when it matters.</summary>
    public long ProportionalBytes()
    {
        var bytes = 0L;
        foreach (var member in Members)
        {
            try
            {
                foreach (var line in File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{member}/smaps_rollup")))
                {
                    if (line.StartsWith("Pss_Anon:", StringComparison.Ordinal) || line.StartsWith("Pss_Shmem:", StringComparison.Ordinal))
                    {
                        bytes += ProcessStatus.Kilobytes(line.AsSpan(line.IndexOf(':', StringComparison.Ordinal) + 1)) * 1024;
                    }
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended while it was looked at.
            }
        }

        return bytes;
    }

    /// <summary>The processes that a single-threaded one has started and not yet collected.</summary>
    public static IReadOnlyList<int> ChildrenOf(int process)
    {
        var children = new List<int>();
        try
        {
            AddChildren(children, process, threads: 1);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended, and they with it.
        }

        return children;
    }

    private static void AddChildren(List<int> members, int process, int threads)
    {
        if (threads <= 1)
        {
            Add(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task/{process}/children"));
            return;
        }

        foreach (var thread in Directory.EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task")))
        {
            Add(Path.Combine(thread, "children"));
        }

        void Add(string file)
        {
            var text = File.ReadAllBytes(file).AsSpan();
            while (Utf8Parser.TryParse(text, out int child, out var length))
            {
                members.Add(child);
                text = text[length..].TrimStart((byte)' ');
            }
        }
    }
}

/// <summary>The lines of <c>/proc/PID/status</c> that count.</summary>
internal readonly struct ProcessStatus
{
    /// <exception cref="IOException">There is no such process any more.</exception>
    public ProcessStatus(int process)
    {
        Threads = 1;
        foreach (var line in File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status")))
        {
            if (line.StartsWith("RssAnon:", StringComparison.Ordinal) || line.StartsWith("RssShmem:", StringComparison.Ordinal))
            {
                Bytes += Kilobytes(line.AsSpan(line.IndexOf(':', StringComparison.Ordinal) + 1)) * 1024;
            }
            else if (line.StartsWith("Threads:", StringComparison.Ordinal))
            {
                Threads = int.Parse(line.AsSpan("Threads:".Length).Trim(), CultureInfo.InvariantCulture);
            }
        }
    }

    public int Threads { get; }

    public long Bytes { get; }

    public static long Kilobytes(ReadOnlySpan<char> value)
    {
        value = value.Trim();
        return value.EndsWith("kB", StringComparison.Ordinal) && long.TryParse(value[..^2].TrimEnd(), CultureInfo.InvariantCulture, out var number)
            ? number
            : 0;
    }
}
