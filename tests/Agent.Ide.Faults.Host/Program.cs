using System.Collections;
using System.Text;
using Agent.Ide.Coordinator.Hosting;
using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Faults.Host;

// The coordinator as the product runs it, but for its logs: they end processes when the fault says so.
// Usage: Agent.Ide.Faults.Host COMMON_DIR AGENT_IDE [FAULT]
var environment = new Dictionary<string, string>(StringComparer.Ordinal);
foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
{
    environment[(string)entry.Key] = (string?)entry.Value ?? string.Empty;
}

var fault = args.Length > 2 ? new FaultTrigger(Fault.Parse(args[2])) : null;
#pragma warning disable RS0030 // A program of its own, which announces itself to whoever started it.
var output = Console.OpenStandardOutput();
#pragma warning restore RS0030
var options = new CoordinatorOptions
{
    CommonDirectory = args[0],
    Version = "faults",
    WorkerCommand = [args[1], "worker"],
    Environment = environment,
    OpenTaskLog = path => fault is null ? new TaskLogFile(path) : new FaultyLogFile(new TaskLogFile(path), fault),
};
return await CoordinatorProgram.ServeAsync(
    options,
    async line =>
    {
        await output.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"));
        await output.FlushAsync();
    },
    detach: false,
    CancellationToken.None);
