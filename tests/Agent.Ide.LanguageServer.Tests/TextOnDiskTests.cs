using System.Text;
using Agent.Ide.LanguageServer.Documents;

namespace Agent.Ide.LanguageServer.Tests;

public sealed class TextOnDiskTests
{
    private const string Words = "Äpfel, crème brûlée: 5 €\nund so weiter\n";
    private const string Japanese = "設定を読み込む\n終わり\n";

    [Theory]
    [InlineData("utf-8", Words)]
    [InlineData("utf-16", Words)]
    [InlineData("utf-16BE", Words)]
    [InlineData("utf-32", Words)]
    [InlineData("windows-1252", Words)]
    [InlineData("iso-8859-15", Words)]
    [InlineData("macintosh", "Äpfel, crème brûlée\n")]
    [InlineData("koi8-r", "настройки\n")]
    [InlineData("shift_jis", Japanese)]
    [InlineData("euc-jp", Japanese)]
    [InlineData("iso-2022-jp", Japanese)]
    [InlineData("gb18030", "😀 设置\n")]
    public void AFileInAnyEncoding_IsWhatItsEditorShows_AndNotWhatSomebodyMadeOfIt(string encoding, string text)
    {
        var bytes = (CodePagesEncodingProvider.Instance.GetEncoding(encoding) ?? Encoding.GetEncoding(encoding)).GetBytes(text);

        TextOnDisk.Says(bytes, text, anyLineEndings: false).ShouldBeTrue();
        TextOnDisk.Says(bytes, text + "more\n", anyLineEndings: true).ShouldBeFalse();
        TextOnDisk.Says(bytes, text[1..], anyLineEndings: true).ShouldBeFalse();
        TextOnDisk.Says(bytes, text.Replace('\n', ' '), anyLineEndings: true).ShouldBeFalse();
    }

    [Fact]
    public void AChangedLetter_IsAChange_InAFileOfManyEncodings()
    {
        TextOnDisk.Says(Encoding.Latin1.GetBytes("un café crème\n"), "un cafè crème\n", anyLineEndings: true).ShouldBeFalse();
        TextOnDisk.Says("plain\n"u8, "plein\n", anyLineEndings: true).ShouldBeFalse();
        TextOnDisk.Says("plain\n"u8, "pläin\n", anyLineEndings: true).ShouldBeFalse();
    }

    [Fact]
    public void AByteOrderMark_IsNoText()
    {
        TextOnDisk.Says([0xEF, 0xBB, 0xBF, .. "a\n"u8], "a\n", anyLineEndings: false).ShouldBeTrue();
        TextOnDisk.Says([0xEF, 0xBB, 0xBF, .. "a\n"u8], "\uFEFFa\n", anyLineEndings: false).ShouldBeTrue();
        TextOnDisk.Says([0xFF, 0xFE, .. Encoding.Unicode.GetBytes("a\n")], "a\n", anyLineEndings: false).ShouldBeTrue();
    }

    [Theory]
    [InlineData("a\r\nb\nc\r\n", "a\nb\nc\n")]
    [InlineData("a\r\nb\r\n", "a\nb\n")]
    [InlineData("a\nb\n", "a\r\nb\r\n")]
    [InlineData("a\rb", "a\nb\n")]
    [InlineData("a\nb\n", "a\nb")]
    public void LineEndings_CountOrNot_AsIsAsked(string file, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(file);

        TextOnDisk.Says(bytes, text, anyLineEndings: true).ShouldBeTrue();
        TextOnDisk.Says(bytes, text, anyLineEndings: false).ShouldBeFalse();
    }

    [Theory]
    [InlineData("a\n\n", "a")]
    [InlineData("a\n", "a\n\nb")]
    [InlineData("a\n\nb\n", "a\nb\n")]
    [InlineData("a\u2028b\n", "a\nb\n")]
    public void ALineMoreOrLess_IsNoLineEnding(string file, string text) =>
        TextOnDisk.Says(Encoding.UTF8.GetBytes(file), text, anyLineEndings: true).ShouldBeFalse();

    [Fact]
    public void ALongFile_IsComparedToItsEnd_AcrossItsPieces()
    {
        var text = string.Concat(Enumerable.Repeat("zeile für zeile 😀\r\n", 2_000));
        var bytes = Encoding.UTF8.GetBytes(text);

        TextOnDisk.Says(bytes, text, anyLineEndings: false).ShouldBeTrue();
        TextOnDisk.Says(bytes, text.Replace("\r\n", "\n", StringComparison.Ordinal), anyLineEndings: true).ShouldBeTrue();
        TextOnDisk.Says(bytes, text[..^3] + "!\r\n", anyLineEndings: true).ShouldBeFalse();
    }
}
