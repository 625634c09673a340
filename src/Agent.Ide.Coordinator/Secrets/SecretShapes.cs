using System.Buffers;

namespace Agent.Ide.Coordinator.Secrets;

/// <summary>What is a secret by where it stands: user and password of an address, and what follows an authentication scheme.</summary>
internal static class SecretShapes
{
    private const int MinToken = 8;

    private static readonly SearchValues<char> AddressEnds = SearchValues.Create("/?# \t\r\n\"'`<>\\");
    private static readonly SearchValues<char> TokenEnds = SearchValues.Create(" \t\r\n\"'`,;<>\\)}]");

    private static readonly string[] Schemes = ["Bearer ", "Basic "];

    public static string Mask(string text, string mark)
    {
        text = MaskUsers(text, mark);
        foreach (var scheme in Schemes)
        {
            text = MaskAfter(text, scheme, mark);
        }

        return text;
    }

    /// <summary><c>https://user:password@host</c>: all between the slashes and the last <c>@</c> of the host part.</summary>
    private static string MaskUsers(string text, string mark)
    {
        const string Start = "://";
        for (var at = text.IndexOf(Start, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Start, at + 1, StringComparison.Ordinal))
        {
            var host = at + Start.Length;
            var length = text.AsSpan(host).IndexOfAny(AddressEnds);
            var end = length < 0 ? text.Length : host + length;
            var user = text.AsSpan(host, end - host).LastIndexOf('@');
            if (user > 0)
            {
                text = string.Concat(text.AsSpan(0, host), mark, text.AsSpan(host + user));
            }
        }

        return text;
    }

    private static string MaskAfter(string text, string scheme, string mark)
    {
        for (var at = text.IndexOf(scheme, StringComparison.OrdinalIgnoreCase); at >= 0;
            at = text.IndexOf(scheme, at + scheme.Length, StringComparison.OrdinalIgnoreCase))
        {
            var token = at + scheme.Length;
            var length = text.AsSpan(token).IndexOfAny(TokenEnds);
            length = length < 0 ? text.Length - token : length;

            // A word of a sentence ("basic authentication") has neither digits nor the length of a token.
            if (length >= MinToken && text.AsSpan(token, length).ContainsAnyInRange('0', '9'))
            {
                text = string.Concat(text.AsSpan(0, token), mark, text.AsSpan(token + length));
            }
        }

        return text;
    }
}
