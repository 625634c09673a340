import * as vscode from 'vscode';
import type { EditorModelsResult, ModelCall, ModelChatParams, ModelChatResult, ModelMessage } from '../../protocol.generated';

/** The part of the editor's language model interface that is used, so that a test can stand in for it. */
export type LanguageModels = Pick<typeof vscode.lm, 'selectChatModels'>;

const justification = 'A task was delegated to an agent that uses this model.';

/** What the editor offers now; nothing where it has no language models. */
export async function listModels(models: LanguageModels | undefined): Promise<EditorModelsResult> {
  const offered = (await models?.selectChatModels()) ?? [];
  return { models: offered.map(({ id, name, maxInputTokens }) => ({ id, name, maxInputTokens })) };
}

/** One turn. Pieces of text are told as they come, as a sign of life; the result is whole. */
export async function chat(
  models: LanguageModels | undefined,
  params: ModelChatParams,
  onText: (text: string) => void,
  token: vscode.CancellationToken,
): Promise<ModelChatResult> {
  const [model] = (await models?.selectChatModels({ id: params.model })) ?? [];
  if (model === undefined) throw new Error(`The editor does not offer the model ${params.model} any more.`);

  const messages = params.messages.map(toMessage);
  const tools = (params.tools ?? []).map(({ name, description, parameters }) => ({ name, description, inputSchema: parameters as object }));
  const response = await model.sendRequest(messages, { justification, tools }, token);
  let text = '';
  const calls: ModelCall[] = [];
  for await (const part of response.stream) {
    if (part instanceof vscode.LanguageModelTextPart) {
      text += part.value;
      onText(part.value);
    } else if (part instanceof vscode.LanguageModelToolCallPart) {
      calls.push({ id: part.callId, name: part.name, arguments: part.input });
    }
  }

  return { text, calls };
}

/** The editor's models know no system role: what it says comes first and from the user. */
function toMessage({ role, text, calls, callId }: ModelMessage): vscode.LanguageModelChatMessage {
  if (role === 'assistant') {
    const parts = (calls ?? []).map(call => new vscode.LanguageModelToolCallPart(call.id, call.name, call.arguments as object));
    return vscode.LanguageModelChatMessage.Assistant(text === '' ? parts : [new vscode.LanguageModelTextPart(text), ...parts]);
  }

  return vscode.LanguageModelChatMessage.User(
    callId === undefined ? text : [new vscode.LanguageModelToolResultPart(callId, [new vscode.LanguageModelTextPart(text)])],
  );
}
