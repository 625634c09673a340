/**
 * The same text to the eye, without links: the editor makes one of each `[words](scheme:…)` in a message, and one of a command runs it
 * when it is clicked. A zero-width space between the parts prevents that.
 */
export function plainText(text: string): string {
  return text.replaceAll('](', ']\u200b(');
}

/** The same text to the eye, without icons: the editor makes one of each `$(name)` in a code lens or in a list to choose from. */
export function plainLabel(text: string): string {
  return text.replaceAll('$(', '$\u200b(');
}
