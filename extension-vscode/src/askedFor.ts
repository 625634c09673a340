/** What a person is asked to allow, after “May the agent …”: what it is in particular is shown beside it. */
export function askedFor(tool: string): string {
  return tool === 'run_command' ? 'run this command' : `use ${tool}`;
}
