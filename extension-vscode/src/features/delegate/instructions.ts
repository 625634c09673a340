import type { Diagnostic } from '../../protocol.generated';

export interface Instruction {
  readonly label: string;
  /** What the agent is told. */
  readonly prompt: string;
}

/** What is often wanted of a selection, the most likely first. */
export function instructions(diagnostics: readonly Diagnostic[]): readonly Instruction[] {
  const usual: readonly Instruction[] = [
    { label: 'Write tests for this', prompt: 'Write tests for this code, in the style of the tests that are there, and run them.' },
    { label: 'Simplify this', prompt: 'Simplify this code without changing what it does.' },
    { label: 'Document this', prompt: 'Document this code: what it is for, units, errors, and why where it is not obvious.' },
    { label: 'Do what the comments here ask for', prompt: 'Do what the comments in this selection ask for.' },
  ];
  if (diagnostics.length === 0) return usual;
  const label = diagnostics.length === 1 ? 'Fix the problem here' : `Fix the ${diagnostics.length} problems here`;
  return [{ label, prompt: 'Fix the problems reported here.' }, ...usual];
}
