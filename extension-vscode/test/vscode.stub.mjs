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

/** Answers the input box with `window.answer`, and keeps what was shown. */
export const window = {
  answer: undefined,
  asked: [],
  shown: [],
  showInputBox(options) {
    this.asked.push(options);
    return Promise.resolve(this.answer);
  },
  showInformationMessage(text) {
    this.shown.push(text);
    return Promise.resolve(undefined);
  },
};
