// What docs/editors.md tells people to configure: what is documented is what is tested.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** A block of docs/editors.md: the first one in a language after a heading. */
export function documented(heading, language) {
  const page = readFileSync(new URL('../../docs/editors.md', import.meta.url), 'utf8');
  const section = page.split(/^## /m).find(each => each.startsWith(heading));
  const block = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(section ?? '');
  assert.ok(block, `docs/editors.md has no ${language} under "${heading}"`);
  return block[1];
}
