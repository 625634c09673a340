namespace Agent.Ide.Git.Merging;

/// <summary>
/// Where two changes of one text contradict each other, by git's rule: hunks that overlap or touch in the base form a
/// region, and a region where both sides ended with the same lines is none. Equal lines at a region's ends are cut off.
/// </summary>
internal static class ConflictRegions
{
    /// <summary>One region, as half-open intervals from 0: on each side without equal ends, in the base whole.</summary>
    internal readonly record struct Region(int BaseStart, int BaseEnd, int OurStart, int OurEnd, int TheirStart, int TheirEnd);

    /// <param name="ours">Hunks from the base to ours, in order.</param>
    /// <param name="theirs">Hunks from the base to theirs, in order.</param>
    /// <param name="ourLines">Our text as lines.</param>
    /// <param name="theirLines">Their text as lines.</param>
    public static IReadOnlyList<Region> Find(
        IReadOnlyList<Hunk> ours, IReadOnlyList<Hunk> theirs, IReadOnlyList<string> ourLines, IReadOnlyList<string> theirLines)
    {
        var regions = new List<Region>();
        int i = 0, j = 0, ourShift = 0, theirShift = 0;
        while (i < ours.Count && j < theirs.Count)
        {
            if (ours[i].OldEnd < theirs[j].OldStart)
            {
                ourShift = ours[i].NewEnd - ours[i].OldEnd;
                i++;
                continue;
            }

            if (theirs[j].OldEnd < ours[i].OldStart)
            {
                theirShift = theirs[j].NewEnd - theirs[j].OldEnd;
                j++;
                continue;
            }

            var start = Math.Min(ours[i].OldStart, theirs[j].OldStart);
            var end = Math.Max(ours[i].OldEnd, theirs[j].OldEnd);
            var (ourStart, theirStart) = (start + ourShift, start + theirShift);
            for (var grew = true; grew;)
            {
                grew = false;
                for (; i < ours.Count && ours[i].OldStart <= end; i++, grew = true)
                {
                    end = Math.Max(end, ours[i].OldEnd);
                    ourShift = ours[i].NewEnd - ours[i].OldEnd;
                }

                for (; j < theirs.Count && theirs[j].OldStart <= end; j++, grew = true)
                {
                    end = Math.Max(end, theirs[j].OldEnd);
                    theirShift = theirs[j].NewEnd - theirs[j].OldEnd;
                }
            }

            Add(regions, new Region(start, end, ourStart, end + ourShift, theirStart, end + theirShift), ourLines, theirLines);
        }

        return regions;
    }

    private static void Add(List<Region> regions, Region region, IReadOnlyList<string> ours, IReadOnlyList<string> theirs)
    {
        var (_, _, ourStart, ourEnd, theirStart, theirEnd) = region;
        ourEnd = Math.Min(ourEnd, ours.Count);
        theirEnd = Math.Min(theirEnd, theirs.Count);
        while (ourStart < ourEnd && theirStart < theirEnd && ours[ourStart] == theirs[theirStart])
        {
            ourStart++;
            theirStart++;
        }

        while (ourStart < ourEnd && theirStart < theirEnd && ours[ourEnd - 1] == theirs[theirEnd - 1])
        {
            ourEnd--;
            theirEnd--;
        }

        if (ourStart < ourEnd || theirStart < theirEnd)
        {
            regions.Add(region with { OurStart = ourStart, OurEnd = ourEnd, TheirStart = theirStart, TheirEnd = theirEnd });
        }
    }
}
