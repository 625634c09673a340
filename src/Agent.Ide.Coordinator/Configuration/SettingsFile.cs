using System.Security.Cryptography;
using System.Text;

namespace Agent.Ide.Coordinator.Configuration;

/// <summary>A configuration file as it was found: its text, and the hash of exactly the bytes the text comes from.</summary>
/// <param name="Hash">SHA-256, lower-case hexadecimal digits.</param>
internal sealed record SettingsFile(string Path, string Text, string Hash)
{
    /// <summary>Far beyond any use, and still read in a moment.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>
    /// Reads a file that may have been planted: nothing is opened unless it has a size, so that neither a named pipe nor a
    /// device can hang the reader, and never more than <see cref="MaxBytes"/> are read.
    /// </summary>
    /// <param name="followLinks">The user's own file may be a link (people keep such files elsewhere); a repository's may not.</param>
    /// <returns>Null where there is no such file, or a problem was added.</returns>
    public static SettingsFile? Read(string path, bool followLinks, List<ConfigurationProblem> problems)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.LinkTarget is not null)
            {
                if (!followLinks)
                {
                    problems.Add(Problem(path, "is a link; put the settings themselves there"));
                    return null;
                }

                file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            }

            if (Directory.Exists(file.FullName))
            {
                problems.Add(Problem(path, "is a folder; a file is expected"));
                return null;
            }

            if (!file.Exists)
            {
                return null;
            }

            var bytes = file.Length == 0 ? [] : ReadBytes(file.FullName);
            if (bytes.Length > MaxBytes)
            {
                problems.Add(Problem(path, $"is larger than {MaxBytes / 1024} KB, which no configuration is"));
                return null;
            }

            return new SettingsFile(path, Decode(bytes), Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }
        catch (DecoderFallbackException)
        {
            problems.Add(Problem(path, "is not UTF-8; save it in that encoding"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problems.Add(Problem(path, $"cannot be read: {Printable.Text(exception.Message)}"));
        }

        return null;
    }

    /// <summary>At most one byte more than allowed.</summary>
    private static byte[] ReadBytes(string path)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var buffer = new byte[MaxBytes + 1];
        var length = 0;
        while (length < buffer.Length)
        {
            var read = RandomAccess.Read(handle, buffer.AsSpan(length), length);
            if (read == 0)
            {
                break;
            }

            length += read;
        }

        return buffer[..length];
    }

    private static string Decode(byte[] bytes)
    {
        ReadOnlySpan<byte> text = bytes;
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(text.StartsWith(mark) ? text[mark.Length..] : text);
    }

    private static ConfigurationProblem Problem(string path, string message) => new(path, null, null, string.Empty, message);
}
