import * as vscode from 'vscode';
import type { LanguageClient, StaticFeature } from 'vscode-languageclient/node';
import { methods, type ModelChatParams } from '../../protocol.generated';
import { chat, listModels } from './turns';

/** Offers the editor's own language models to tasks of provider `editor`. */
export class EditorModelsFeature implements StaticFeature {
  readonly #client: LanguageClient;
  #serving: vscode.Disposable[] = [];

  constructor(client: LanguageClient) {
    this.#client = client;
  }

  fillClientCapabilities(capabilities: { experimental?: unknown }): void {
    capabilities.experimental = { ...(capabilities.experimental as object | undefined), agentIdeModels: true };
  }

  initialize(): void {
    this.#serving = [
      this.#client.onRequest(methods.editorModels, () => listModels(vscode.lm)),
      this.#client.onRequest(methods.editorChat, (params: ModelChatParams, token: vscode.CancellationToken) =>
        chat(vscode.lm, params, text => this.#tell(params, text), token),
      ),
    ];
  }

  getState(): { kind: 'static' } {
    return { kind: 'static' };
  }

  clear(): void {
    for (const served of this.#serving) served.dispose();
    this.#serving = [];
  }

  #tell({ partialResultToken }: ModelChatParams, text: string): void {
    if (partialResultToken !== undefined) void this.#client.sendNotification('$/progress', { token: partialResultToken, value: { text } });
  }
}
