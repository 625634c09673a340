import type { TextDocument, TextDocumentChangeEvent } from 'vscode';
import { maxMessageBytes } from '../protocol.generated';

/** Bytes for what a message has around its parameters. */
const around = 1024;

/** Of one UTF-16 unit in JSON: a control character is six. */
const mostBytes = 6;

/** Whether these parameters can be sent: the coordinator ends a connection that sends it more than it takes. */
export function fits(params: unknown): boolean {
  return Buffer.byteLength(JSON.stringify(params) ?? '') + around <= maxMessageBytes;
}

const isShort = (length: number): boolean => length * mostBytes + around <= maxMessageBytes;

type Next<T> = (given: T) => Promise<void>;

/**
 * Keeps documents from the server that do not fit into a message: nothing is told of them. One that is open there already, and gets a change that
 * does not fit, is closed there.
 */
export function onlyWhatFits(close: (params: { readonly textDocument: { readonly uri: string } }) => Promise<void>): {
  readonly didOpen: (document: TextDocument, next: Next<TextDocument>) => Promise<void>;
  readonly didChange: (event: TextDocumentChangeEvent, next: Next<TextDocumentChangeEvent>) => Promise<void>;
  readonly didSave: (document: TextDocument, next: Next<TextDocument>) => Promise<void>;
  readonly didClose: (document: TextDocument, next: Next<TextDocument>) => Promise<void>;
} {
  const left = new WeakSet<TextDocument>();
  const unlessLeft = async (document: TextDocument, next: Next<TextDocument>): Promise<void> => {
    if (!left.has(document)) await next(document);
  };
  return {
    didOpen: async (document, next) => {
      const text = document.getText();
      if (!isShort(text.length) && !fits(text)) return void left.add(document);
      left.delete(document); // A connection that came up again is told all that is open.
      await next(document);
    },
    didChange: async (event, next) => {
      const { document, contentChanges } = event;
      if (left.has(document)) return;
      const length = contentChanges.reduce((sum, { text }) => sum + text.length, 0);
      if (isShort(length) || fits(contentChanges)) return next(event);
      left.add(document);
      await close({ textDocument: { uri: document.uri.toString() } });
    },
    didSave: unlessLeft,
    didClose: async (document, next) => {
      await unlessLeft(document, next);
      left.delete(document);
    },
  };
}
