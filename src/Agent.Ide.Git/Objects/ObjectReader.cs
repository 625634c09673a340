using System.Globalization;

namespace Agent.Ide.Git;

/// <summary>An object's name, type and size.</summary>
internal readonly record struct ObjectHeader(string Hash, string Type, long Size);

/// <summary>Reads objects and resolves names through one long-lived <c>git cat-file --batch-command</c>.</summary>
internal sealed class ObjectReader : IAsyncDisposable
{
    private readonly GitConversation _conversation;

    public ObjectReader(GitRepository repository)
    {
        _conversation = new GitConversation(repository.Objects, "cat-file", "--batch-command");
    }

    /// <summary>Null when there is no such object, or the name is ambiguous.</summary>
    public Task<ObjectHeader?> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (!CanAsk(name))
        {
            return Task.FromResult<ObjectHeader?>(null);
        }

        return _conversation.TalkAsync(
            async (line, token) =>
            {
                await line.SendAsync($"info {name}\n", token);
                return ParseHeader(await line.ReadLineAsync(token));
            },
            cancellationToken);
    }

    /// <summary>An object whole; null when there is none of that name.</summary>
    /// <exception cref="GitException"><see cref="GitProblem.TooLarge"/>, before anything of it is kept in memory.</exception>
    public Task<(ObjectHeader Header, byte[] Content)?> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken)
    {
        if (!CanAsk(name))
        {
            return Task.FromResult<(ObjectHeader, byte[])?>(null);
        }

        return _conversation.TalkAsync<(ObjectHeader, byte[])?>(
            async (line, token) =>
            {
                await line.SendAsync($"contents {name}\n", token);
                if (ParseHeader(await line.ReadLineAsync(token)) is not { } header)
                {
                    return null;
                }

                if (header.Size > maxBytes)
                {
                    throw new GitException(
                        GitProblem.TooLarge,
                        $"The {header.Type} {name} has {header.Size} bytes; at most {maxBytes} are read.");
                }

                var content = new byte[header.Size];
                await line.ReadExactlyAsync(content, token);
                await line.ReadExactlyAsync(new byte[1], token);
                return (header, content);
            },
            cancellationToken);
    }

    public ValueTask DisposeAsync() => _conversation.DisposeAsync();

    /// <summary>A line feed would end the request, and an empty name is no request.</summary>
    private static bool CanAsk(string name) => name.Length > 0 && !name.AsSpan().ContainsAny('\n', '\0', '\r');

    private static ObjectHeader? ParseHeader(string answer)
    {
        // "<hash> <type> <size>", or the name asked for followed by " missing" or " ambiguous".
        var parts = answer.Split(' ');
        return parts.Length == 3 && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            ? new ObjectHeader(parts[0], parts[1], size)
            : null;
    }
}
