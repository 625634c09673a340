namespace Agent.Ide.Coordinator.Configuration;

/// <summary>"Did you mean": the nearest of the allowed words.</summary>
internal static class Suggestion
{
    /// <summary>Longer words are no near misses of anything here, and comparing is quadratic.</summary>
    private const int MaxLength = 64;

    /// <returns>Null when nothing is near: more than a third of the word would have to change.</returns>
    public static string? For(string word, IEnumerable<string> allowed)
    {
        if (word.Length is 0 or > MaxLength)
        {
            return null;
        }

        string? best = null;
        var bestDistance = Math.Max(1, word.Length / 3) + 1;
        foreach (var candidate in allowed)
        {
            var distance = Distance(word.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (distance < bestDistance)
            {
                (best, bestDistance) = (candidate, distance);
            }
        }

        return best;
    }

    /// <summary>A sentence to append, or nothing.</summary>
    public static string Sentence(string word, IEnumerable<string> allowed) =>
        For(word, allowed) is { } near ? $"; did you mean {near}?" : string.Empty;

    /// <summary>Edits (insert, delete, replace, swap of neighbours) between two words: optimal string alignment.</summary>
    private static int Distance(string left, string right)
    {
        var beforePrevious = new int[right.Length + 1];
        var previous = new int[right.Length + 1];
        var current = new int[right.Length + 1];
        for (var column = 0; column <= right.Length; column++)
        {
            previous[column] = column;
        }

        for (var row = 1; row <= left.Length; row++)
        {
            current[0] = row;
            for (var column = 1; column <= right.Length; column++)
            {
                var replaced = previous[column - 1] + (left[row - 1] == right[column - 1] ? 0 : 1);
                current[column] = Math.Min(replaced, Math.Min(previous[column], current[column - 1]) + 1);
                if (row > 1 && column > 1 && left[row - 1] == right[column - 2] && left[row - 2] == right[column - 1])
                {
                    current[column] = Math.Min(current[column], beforePrevious[column - 2] + 1);
                }
            }

            (beforePrevious, previous, current) = (previous, current, beforePrevious);
        }

        return previous[right.Length];
    }
}
