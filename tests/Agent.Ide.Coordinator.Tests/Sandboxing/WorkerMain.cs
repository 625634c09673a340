using Agent.Ide.Worker;
using Microsoft.Win32.SafeHandles;

namespace Agent.Ide.Coordinator.Tests.Sandboxing;

internal static class WorkerMain
{
    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is not ["worker", "--root", var root])
        {
            return 2;
        }

        var input = new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);
        var output = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        await WorkerHost.RunAsync(input, output, root, CancellationToken.None);
        return 0;
    }
}
