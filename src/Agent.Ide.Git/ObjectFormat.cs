using System.Security.Cryptography;

namespace Agent.Ide.Git;

/// <summary>The hash a repository names its objects by.</summary>
public sealed record ObjectFormat
{
    public static readonly ObjectFormat Sha1 = new("sha1", 20, HashAlgorithmName.SHA1);

    public static readonly ObjectFormat Sha256 = new("sha256", 32, HashAlgorithmName.SHA256);

    private ObjectFormat(string name, int bytes, HashAlgorithmName algorithm)
    {
        Name = name;
        HashBytes = bytes;
        Algorithm = algorithm;
        ZeroHash = new string('0', bytes * 2);
    }

    /// <summary>As git spells it: <c>sha1</c> or <c>sha256</c>.</summary>
    public string Name { get; }

    public int HashBytes { get; }

    public HashAlgorithmName Algorithm { get; }

    /// <summary>The hash that stands for "does not exist".</summary>
    public string ZeroHash { get; }

    /// <summary>Whether a text is a whole hash of this format, in lower case as git writes it.</summary>
    public bool IsHash(string text) => text.Length == HashBytes * 2 && text.All(char.IsAsciiHexDigitLower);

    /// <exception cref="GitException">Another format than the two known ones.</exception>
    public static ObjectFormat Parse(string name) => name switch
    {
        "sha1" => Sha1,
        "sha256" => Sha256,
        _ => throw new GitException(GitProblem.CommandFailed, $"The repository's object format is {name}; sha1 and sha256 are supported."),
    };
}
