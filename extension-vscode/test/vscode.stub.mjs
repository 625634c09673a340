// What tests outside of an editor need of the editor's own module.

export class LanguageModelTextPart {
  constructor(value) {
    this.value = value;
  }
}

export class LanguageModelToolCallPart {
  constructor(callId, name, input) {
    Object.assign(this, { callId, name, input });
  }
}

export class LanguageModelToolResultPart {
  constructor(callId, content) {
    Object.assign(this, { callId, content });
  }
}

export class LanguageModelChatMessage {
  static User = content => ({ role: 'user', content });
  static Assistant = content => ({ role: 'assistant', content });
}

/** Answers the input box with `window.answer`, a message with its first button and a list with its first item, and keeps what was shown. */
export const window = {
  answer: undefined,
  asked: [],
  shown: [],
  showQuickPick(items) {
    this.shown.push(...items.map(({ label, description, detail }) => [label, description, detail]));
    return Promise.resolve(items[0]);
  },
  showWarningMessage(text, ...buttons) {
    this.shown.push(`! ${text}`);
    return Promise.resolve(buttons[0]);
  },
  showErrorMessage(text) {
    this.shown.push(`!! ${text}`);
    return Promise.resolve(undefined);
  },
  showInputBox(options) {
    this.asked.push(options);
    return Promise.resolve(this.answer);
  },
  showInformationMessage(text) {
    this.shown.push(text);
    return Promise.resolve(undefined);
  },
};

export const FileType = { Directory: 2 };

export const CommentMode = { Editing: 0, Preview: 1 };

export const comments = { createCommentController: () => ({ dispose() {} }) };

/** Keeps the commands that were run, with what they were called with. */
export const commands = {
  run: [],
  executeCommand(...call) {
    this.run.push(call);
    return Promise.resolve();
  },
};

/** As much of it as a file's name needs; what the path of one is on Windows is told by `onWindows`. */
export const Uri = {
  onWindows: false,
  from: parts => parts,
  file: fsPath => ({ fsPath }),
  joinPath: (base, ...parts) => ({ path: [base.path, ...parts].join('/'), toString: () => [base.path, ...parts].join('/') }),
  parse(text) {
    const path = decodeURIComponent(new URL(text).pathname);
    return { path, fsPath: this.onWindows ? path.slice(1).replaceAll('/', '\\') : path, toString: () => text };
  },
};

export class EventEmitter {
  #listeners = new Set();
  event = listener => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };

  fire(value) {
    for (const listener of this.#listeners) listener(value);
  }

  dispose() {
    this.#listeners.clear();
  }
}

export const Disposable = { from: (...all) => ({ dispose: () => all.forEach(each => each.dispose()) }) };

const foldersChanged = new EventEmitter();

const trusted = new EventEmitter();

/** A window's folders; `open` changes them, and `trust` says that they are trusted. All folders are there whose names do not say that they are gone. */
export const workspace = {
  fs: { stat: file => (file.path.includes('gone') ? Promise.reject(new Error('FileNotFound')) : Promise.resolve({ type: FileType.Directory })) },
  isTrusted: true,
  onDidGrantWorkspaceTrust: trusted.event,
  trust() {
    this.isTrusted = true;
    trusted.fire();
  },
  workspaceFolders: undefined,
  onDidChangeWorkspaceFolders: foldersChanged.event,
  open(...paths) {
    this.workspaceFolders = paths.map(fsPath => ({ name: fsPath, uri: { scheme: 'file', fsPath } }));
    foldersChanged.fire();
  },
  onDidChangeConfiguration: new EventEmitter().event,
  getConfiguration: () => ({ get: (_, otherwise) => otherwise }),
  /** Of every file it is told what its lines are called. */
  openTextDocument: () => Promise.resolve({ lineAt: line => ({ text: `line ${line + 1}` }) }),
};
