import type { OutputChannel } from 'vscode';

/** A channel that writes to another what it is given, but for some words: the library that traces what it sends knows no secrets. */
export function without(secrets: readonly string[], channel: OutputChannel): OutputChannel {
  const spelled = secrets.flatMap(secret => [secret, JSON.stringify(secret).slice(1, -1)]).filter(secret => secret !== '');
  const clean = (text: string): string => spelled.reduce((cleaned, secret) => cleaned.replaceAll(secret, '[key]'), text);
  return {
    name: channel.name,
    append: text => channel.append(clean(text)),
    appendLine: text => channel.appendLine(clean(text)),
    replace: text => channel.replace(clean(text)),
    clear: () => channel.clear(),
    show: () => channel.show(true),
    hide: () => channel.hide(),
    // The channel is its owner's to end.
    dispose: () => undefined,
  };
}
