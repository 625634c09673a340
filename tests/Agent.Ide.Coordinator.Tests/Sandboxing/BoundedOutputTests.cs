using System.Text;
using Agent.Ide.Coordinator.Sandboxing.Commands;

namespace Agent.Ide.Coordinator.Tests.Sandboxing;

public sealed class BoundedOutputTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Finish_GivesHeadAndTailAndCountsTheRest(int chunk)
    {
        var all = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 100).Select(i => $"{i:000}")));
        var output = new BoundedOutput(10, 20);
        foreach (var part in all.Chunk(chunk))
        {
            output.Append(part);
        }

        var text = Encoding.ASCII.GetString(all);
        output.Finish().ShouldBe(($"{text[..10]}\n… 270 bytes left out …\n{text[^20..]}", 270));
    }

    [Fact]
    public void Finish_OfWhatFits_LeavesNothingOut()
    {
        var output = new BoundedOutput(10, 20);
        output.Append(Encoding.ASCII.GetBytes(new string('x', 30)));
        output.Finish().ShouldBe((new string('x', 30), 0));
    }

    [Fact]
    public void Finish_NeverCutsACharacter()
    {
        var output = new BoundedOutput(10, 10);
        output.Append(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("€", 20))));
        output.Finish().ShouldBe(("€€€\n… 42 bytes left out …\n€€€", 42));
    }

    [Fact]
    public void Clean_DropsSequencesAcrossReads()
    {
        var cleaner = new TerminalCleaner();
        var result = new List<byte>();
        var buffer = new byte[2];
        foreach (var b in "a\u001b[1;31mb\u001b]0;title\u001b\\c\r\nd\re\u001b(Bf\u001bPdata\u001b\\g\u007f\u0008h"u8.ToArray())
        {
            result.AddRange(buffer.AsSpan(0, cleaner.Clean([b], buffer)));
        }

        Encoding.UTF8.GetString(result.ToArray()).ShouldBe("abc\nd\refgh");
    }

    [Fact]
    public void Clean_OfAnUnterminatedSequence_GivesUpOnIt()
    {
        var cleaner = new TerminalCleaner();
        var input = Encoding.ASCII.GetBytes("\u001b]" + new string('x', 10_000));
        cleaner.Clean(input, new byte[input.Length + 1]).ShouldBeInRange(5000, 9000);
    }

    [Theory]
    [InlineData("one\u001b]0;title without an end\ntwo\n", "one\ntwo\n")]
    [InlineData("one\u001bPdata\u001b\ntwo\n", "one\ntwo\n")]
    public void Clean_OfASequenceThatItsLineDoesNotEnd_KeepsTheNextLine(string output, string kept)
    {
        var cleaned = new byte[output.Length + 1];
        var length = new TerminalCleaner().Clean(Encoding.ASCII.GetBytes(output), cleaned);
        Encoding.ASCII.GetString(cleaned, 0, length).ShouldBe(kept);
    }
}
