// Tests run against what esbuild makes of the sources: one bundle per module, gone as soon as it is loaded.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const source = new URL('../src/', import.meta.url);

/** Imports a TypeScript module of `src`. */
export const load = file => bundled({ entryPoints: [new URL(file, source).pathname], platform: 'node', external: ['vscode'] });

/** The same with a stand-in for the editor's own module, which is exported beside it as `vscode`. */
export const loadWith = (file, stub) => bundled({
  stdin: { contents: `export * from './${file}'; export * as vscode from 'vscode';`, resolveDir: source.pathname, loader: 'ts' },
  platform: 'node',
  alias: { vscode: new URL(stub, import.meta.url).pathname },
});

/** Imports what a piece of TypeScript in a folder of `src` exports, as a browser would. */
export const loadForBrowser = (folder, contents) => bundled({ stdin: { contents, resolveDir: new URL(folder, source).pathname, loader: 'ts' }, conditions: ['browser'] });

async function bundled(options) {
  const folder = await mkdtemp(path.join(tmpdir(), 'agent-ide-bundle-'));
  try {
    const outfile = path.join(folder, 'bundle.mjs');
    await build({ ...options, bundle: true, format: 'esm', target: 'node20', legalComments: 'none', outfile });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A task as the coordinator tells it, ready for review unless said otherwise. */
export function task(over = {}) {
  return {
    id: 'fix-k3f7', title: 'Fix the parser', prompt: 'Fix the parser', state: 'readyForReview', branch: 'agent/fix-k3f7', worktree: 'file:///r/.worktrees/fix-k3f7',
    base: { ref: 'main', commit: 'b'.repeat(40) }, head: 'a'.repeat(40), createdAt: '2026-01-01T00:00:00Z', startedAt: '2026-01-01T00:00:01Z', endedAt: '2026-01-01T00:01:53Z', steps: 3,
    changes: { files: 2, additions: 48, deletions: 6 }, approvals: [], plan: [], conflictsWith: [], dependsOn: [], notices: [], removalNotices: [],
    budget: { maxTokens: 8192, thresholdTokens: 6144, contextTokens: 4800, inputTokens: 12_000, cachedInputTokens: 0, outputTokens: 900, delegatedTokens: 0, savedTokens: 0, estimated: false },
    ...over,
  };
}
