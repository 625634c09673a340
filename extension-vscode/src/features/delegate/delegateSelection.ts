import * as vscode from 'vscode';
import { plainItem, showInformation } from '../../infrastructure/messages';
import type { Repositories } from '../../infrastructure/repositories';
import { methods, type Diagnostic } from '../../protocol.generated';
import { instructions } from './instructions';

/** What the server's code actions and our own menus call the command with. */
interface Place {
  readonly textDocument: { readonly uri: string };
  readonly range: { readonly start: vscode.Position; readonly end: vscode.Position };
  readonly prompt?: string;
  readonly diagnostics?: readonly Diagnostic[];
}

/** "Delegate Selection to Agent": a task on what is selected, as it stands in the editor, saved or not. */
export async function delegateSelection(repositories: Repositories, argument: unknown): Promise<void> {
  const place = isPlace(argument) ? argument : undefined;
  const uri = place === undefined ? vscode.window.activeTextEditor?.document.uri : vscode.Uri.parse(place.textDocument.uri);
  if (uri === undefined || uri.scheme !== 'file') {
    void showInformation('Open a file of the repository and select what the task is about.');
    return;
  }

  const coordinator = repositories.at(uri);
  if (coordinator === undefined) {
    void showInformation(`${vscode.workspace.asRelativePath(uri)} is in none of the repositories that are open here. Open its folder first.`);
    return;
  }

  const document = await vscode.workspace.openTextDocument(uri);
  const selected = place === undefined ? vscode.window.activeTextEditor?.selection : toRange(place.range);
  const range = wholeLines(document, selected ?? new vscode.Range(0, 0, document.lineCount, 0));
  const diagnostics = place?.diagnostics ?? vscode.languages.getDiagnostics(uri).filter(problem => range.intersection(problem.range)).map(toProtocol);
  const prompt = place?.prompt ?? (await askInstruction(document, range, diagnostics));
  if (prompt === undefined) return;

  await coordinator.request(methods.create, {
    prompt,
    selection: {
      textDocument: { uri: uri.toString() },
      range: { start: { line: range.start.line, character: 0 }, end: { line: range.end.line, character: range.end.character } },
      text: document.getText(range),
      languageId: document.languageId,
      ...(diagnostics.length > 0 ? { diagnostics } : {}),
    },
  });
  // Seen, and no more: whoever has delegated something goes on where they were.
  await vscode.commands.executeCommand('agentIde.tasks.focus', { preserveFocus: true });
}

/** A list of good defaults in which anything may be typed. */
async function askInstruction(document: vscode.TextDocument, range: vscode.Range, diagnostics: readonly Diagnostic[]): Promise<string | undefined> {
  const offered = instructions(diagnostics).map(instruction => ({ label: instruction.label, prompt: instruction.prompt }));
  const name = vscode.workspace.asRelativePath(document.uri);
  const picker = vscode.window.createQuickPick<{ label: string; prompt: string; alwaysShow?: boolean }>();
  picker.title = `Delegate ${name}, lines ${range.start.line + 1} to ${Math.max(range.start.line + 1, range.end.line)}`;
  picker.placeholder = 'Say what should be done, or choose';
  picker.items = offered;
  return await new Promise(resolve => {
    picker.onDidChangeValue(value => {
      const typed = value.trim();
      picker.items = typed === '' ? offered : [plainItem({ label: typed, prompt: typed, alwaysShow: true }), ...offered];
    });
    picker.onDidAccept(() => {
      resolve(picker.selectedItems[0]?.prompt ?? (picker.value.trim() || undefined));
      picker.hide();
    });
    picker.onDidHide(() => {
      resolve(undefined);
      picker.dispose();
    });
    picker.show();
  });
}

function wholeLines(document: vscode.TextDocument, range: vscode.Range): vscode.Range {
  const endsBefore = !range.isEmpty && range.end.character === 0;
  return document.validateRange(new vscode.Range(range.start.line, 0, endsBefore ? range.end.line : range.end.line + 1, 0));
}

function toRange(range: Place['range']): vscode.Range {
  return new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character);
}

function toProtocol(problem: vscode.Diagnostic): Diagnostic {
  return {
    range: {
      start: { line: problem.range.start.line, character: problem.range.start.character },
      end: { line: problem.range.end.line, character: problem.range.end.character },
    },
    message: problem.message,
    severity: problem.severity + 1,
    ...(problem.source === undefined ? {} : { source: problem.source }),
  };
}

function isPlace(argument: unknown): argument is Place {
  return typeof argument === 'object' && argument !== null && 'textDocument' in argument && 'range' in argument;
}
