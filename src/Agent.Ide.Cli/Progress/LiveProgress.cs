using System.Threading.Channels;
using Agent.Ide.Cli.Hosting;
using Agent.Ide.Cli.Output;
using Agent.Ide.Client.Board;
using Agent.Ide.Protocol.Tasks;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Agent.Ide.Cli.Progress;

/// <summary>A table that stays in place on a terminal: a line per task, and the newest steps below it.</summary>
internal sealed class LiveProgress : IProgressView
{
    /// <summary>Enough to follow, few enough to leave the rest of the screen alone.</summary>
    private const int ShownSteps = 6;

    private static readonly TimeSpan Frame = TimeSpan.FromMilliseconds(60);

    private readonly IAnsiConsole _console;
    private readonly bool _named;
    private readonly Lock _gate = new();
    private readonly List<AgentTask> _tasks = [];
    private readonly Queue<(string Id, TaskStep Step)> _steps = new();
    private Channel<bool> _redraw = Channel.CreateBounded<bool>(1);
    private Task? _drawing;
    private string? _banner;
    private bool _suspended;

    /// <param name="host">The terminal.</param>
    /// <param name="named">Whether steps say which task they belong to.</param>
    public LiveProgress(CliHost host, bool named)
    {
        _named = named;
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = host.Colour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(host.Out),
        });
        _console.Profile.Width = host.Width;
    }

    public Task ShowAsync(BoardChange change)
    {
        lock (_gate)
        {
            switch (change)
            {
                case TaskChange { Task: var task }:
                    var index = _tasks.FindIndex(known => known.Id == task.Id);
                    if (index < 0)
                    {
                        _tasks.Add(task);
                    }
                    else
                    {
                        _tasks[index] = task;
                    }

                    break;
                case StepChange step:
                    _steps.Enqueue((step.Id, step.Step));
                    while (_steps.Count > ShownSteps)
                    {
                        _steps.Dequeue();
                    }

                    break;
                case ConnectionLostChange:
                    _banner = "The coordinator ended; connecting again …";
                    break;
                case ConnectionRestoredChange:
                    _banner = null;
                    break;
            }
        }

        Draw();
        _redraw.Writer.TryWrite(true);
        return Task.CompletedTask;
    }

    public async Task SuspendAsync()
    {
        _suspended = true;
        if (_drawing is { } drawing)
        {
            _redraw.Writer.TryComplete();
            await drawing;
            _drawing = null;
        }
    }

    public Task ResumeAsync()
    {
        _suspended = false;
        Draw();
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync() => await SuspendAsync();

    private void Draw()
    {
        if (_drawing is null && !_suspended && _tasks.Count > 0)
        {
            _redraw = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
            _drawing = DrawAsync(_redraw.Reader);
        }
    }

    private Task DrawAsync(ChannelReader<bool> redraw) => _console.Live(Picture()).AutoClear(true).StartAsync(async context =>
    {
        await foreach (var _ in redraw.ReadAllAsync())
        {
            context.UpdateTarget(Picture());
            await Task.Delay(Frame);
        }
    });

    private IRenderable Picture()
    {
        lock (_gate)
        {
            var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
            foreach (var heading in (ReadOnlySpan<string>)["Task", "State", "Step", "Context", "Tokens", "Cost", "Activity"])
            {
                table.AddColumn(new TableColumn(new Text(heading, new Style(Color.Grey))).NoWrap());
            }

            foreach (var task in _tasks)
            {
                table.AddRow(
                    new Text(TerminalText.Line(task.Id, 34)),
                    new Text(TaskStates.Words(task.State), StyleOf(TaskStates.ToneOf(task.State))),
                    new Text(task.Steps.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                    new Text(Gauge.Text(task.Budget), StyleOf(Gauge.ToneOf(task.Budget))),
                    new Text(Amounts.Tokens(task.Budget.InputTokens + task.Budget.OutputTokens)),
                    new Text(task.Budget.CostUsd is { } cost ? Amounts.Cost(cost) : "-"),
                    new Text(TerminalText.Line(task.Activity ?? string.Empty, 40)).Ellipsis());
            }

            var rows = new List<IRenderable> { table };
            rows.AddRange(_steps.Select(entry =>
                new Text(_named ? $"{entry.Id}  {TaskLines.Step(entry.Step, 70)}" : TaskLines.Step(entry.Step, 90), new Style(Color.Grey)).Ellipsis()));
            if (_banner is not null)
            {
                rows.Add(new Text(_banner, StyleOf(Tone.Attention)));
            }

            return new Rows(rows);
        }
    }

    private static Style StyleOf(Tone tone) => tone switch
    {
        Tone.Good => new Style(Color.Green),
        Tone.Bad => new Style(Color.Red),
        Tone.Attention => new Style(Color.Yellow),
        Tone.Active => new Style(Color.Aqua),
        Tone.Faint => new Style(Color.Grey),
        _ => Style.Plain,
    };
}
