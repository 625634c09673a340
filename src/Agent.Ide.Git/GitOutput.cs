using System.Text;

namespace Agent.Ide.Git;

/// <summary>How a git process ended and what it wrote.</summary>
/// <param name="ExitCode">git's own; 0 is success, 1 often an answer ("no", "differs"), 128 a failure.</param>
/// <param name="Bytes">Standard output, whole.</param>
/// <param name="Error">The tail of standard error, English (<c>LC_ALL=C</c>).</param>
public sealed record GitOutput(int ExitCode, byte[] Bytes, string Error)
{
    /// <summary>Standard output as UTF-8 text. Not for paths: <see cref="GitPath.Decode"/> keeps every byte.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>Standard output without the line feed at its end.</summary>
    public string Line => Text.TrimEnd('\n');

    /// <summary>Fields that each end in a NUL byte (<c>-z</c>), decoded so that any file name survives.</summary>
    public IReadOnlyList<string> NulTerminated
    {
        get
        {
            var fields = new List<string>();
            var rest = Bytes.AsSpan();
            int end;
            while ((end = rest.IndexOf((byte)0)) >= 0)
            {
                fields.Add(GitPath.Decode(rest[..end]));
                rest = rest[(end + 1)..];
            }

            if (!rest.IsEmpty)
            {
                fields.Add(GitPath.Decode(rest));
            }

            return fields;
        }
    }
}
