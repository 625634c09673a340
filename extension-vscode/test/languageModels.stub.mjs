// The classes of the editor's language model interface, for tests outside of an editor.

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
