using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;

namespace Agent.Ide.Coordinator.Secrets;

/// <summary>
/// Takes secrets out of what is about to be written down or told: the live ones of this process, in every spelling in which
/// another program repeats them, and what can only be one (the user part of an address, a bearer token). Whatever leaves the
/// coordinator's memory without having been typed by a person for it passes here.
/// </summary>
public sealed class SecretRedactor
{
    public const string Mark = "[secret]";

    /// <summary>Shorter values are no keys, and taking each occurrence of one out would make nonsense of a log.</summary>
    private const int MinLength = 8;

    /// <summary>Clients come and go; what was learned longest ago is forgotten.</summary>
    private const int MaxSpellings = 1024;

    private static readonly string[] Names = ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASS", "PAT", "CREDENTIAL", "CREDENTIALS", "APIKEY"];

    private readonly Lock _gate = new();
    private ImmutableArray<string> _spellings = [];

    /// <summary>The keys that model servers were sent: all that a server can repeat.</summary>
    private ImmutableArray<string> _sent = [];

    /// <summary>Learns the values of an environment's variables that are named like keys, tokens and passwords.</summary>
    public void Learn(IEnumerable<KeyValuePair<string, string>> environment)
    {
        foreach (var (name, value) in environment)
        {
            var last = name[(name.LastIndexOf('_') + 1)..].ToUpperInvariant();
            if (Array.IndexOf(Names, last) >= 0 && !Path.IsPathRooted(value))
            {
                Learn(value);
            }
        }
    }

    /// <summary>Learns a key that a model server is sent.</summary>
    public void LearnSent(string? key)
    {
        Learn(key);
        if (key?.Trim() is { Length: >= MinLength } sent)
        {
            lock (_gate)
            {
                _sent = _sent.Contains(sent) ? _sent : _sent.Add(sent);
            }
        }
    }

    public void Learn(string? secret)
    {
        secret = secret?.Trim();
        if (secret is null || secret.Length < MinLength)
        {
            return;
        }

        lock (_gate)
        {
            if (_spellings.Contains(secret))
            {
                return;
            }

            string[] spellings =
            [
                secret,
                Uri.EscapeDataString(secret),
                JavaScriptEncoder.Default.Encode(secret),
                JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(secret),
                Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)),
            ];
            var all = _spellings.AddRange(spellings.Where(spelling => !_spellings.Contains(spelling)).Distinct());

            // The longest first: one secret may be the beginning of another.
            _spellings = [.. all.Skip(Math.Max(0, all.Length - MaxSpellings)).OrderByDescending(spelling => spelling.Length)];
        }
    }

    /// <summary>
    /// For what a model says, which becomes edits of somebody's files: only the keys that it could have been told are taken out. Taking
    /// out whatever looks like a secret would change the code that an agent writes.
    /// </summary>
    public string RedactSent(string text)
    {
        foreach (var key in _sent)
        {
            text = text.Replace(key, Mark, StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>For what is written down or told about the work: every live secret, and what can only be one.</summary>
    public string Redact(string text)
    {
        foreach (var spelling in _spellings)
        {
            text = text.Replace(spelling, Mark, StringComparison.Ordinal);
        }

        return SecretShapes.Mask(text, Mark);
    }
}
