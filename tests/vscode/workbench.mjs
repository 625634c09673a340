// A real VS Code workbench with our extension in it, in a headless browser: where it is installed, how it is started, and the
// few places of its page that the tests touch.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Where `scripts/vscode-host.mjs` puts the editor and the browser's driver. */
export const hostFolder = process.env.AGENT_IDE_VSCODE_HOST ?? path.join(root, 'artifacts', 'vscode-host');

/** The executable that a Release build of the checkout leaves. */
export const serverProgram = path.join(root, 'src/Agent.Ide.Cli/bin/Release/net10.0/agent-ide');

const browserPrograms = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Why the tests cannot run here; false when they can. */
export function reasonToSkip() {
  if (!browserPrograms.some(existsSync)) return 'no Chromium is installed';
  if (!existsSync(path.join(hostFolder, 'host/node_modules/code-server/out/node/entry.js'))) return 'no editor is installed: node scripts/vscode-host.mjs';
  return false;
}

/** Longer than anything takes on a busy machine. */
export const patience = 90_000;

const settings = {
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'security.workspace.trust.enabled': false,
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'git.openRepositoryInParentFolders': 'never',
  'chat.disableAIFeatures': true,
  'typescript.disableAutomaticTypeAcquisition': true,
};

/**
 * Starts server and browser on a repository. `environment` is what the extension host, and so the server,
 * sees; `configuration` is the user's own agent-ide/config.yaml.
 */
export async function openWorkbench(repository, { environment = {}, userSettings = {}, configuration } = {}) {
  const run = mkdtempSync(path.join(tmpdir(), 'agent-ide-vscode-'));
  for (const folder of ['home', 'tmp', 'extensions', 'data/User', 'runtime', 'browser']) mkdirSync(path.join(run, folder), { recursive: true, mode: 0o700 });
  writeFileSync(path.join(run, 'config.yaml'), 'auth: none\ncert: false\n');
  writeFileSync(path.join(run, 'data/User/settings.json'), JSON.stringify({ ...settings, ...userSettings }));
  if (configuration !== undefined) {
    mkdirSync(path.join(run, 'home/.config/agent-ide'), { recursive: true });
    writeFileSync(path.join(run, 'home/.config/agent-ide/config.yaml'), configuration);
  }

  symlinkSync(path.join(root, 'extension-vscode'), path.join(run, 'extensions', 'agent-ide.agent-ide-0.1.0'));
  const server = await startServer(run, environment);
  const browser = await startBrowser(run);
  const page = browser.pages()[0] ?? (await browser.newPage());
  page.setDefaultTimeout(patience);
  await page.goto(`${server.url}/?folder=${encodeURIComponent(repository)}`, { waitUntil: 'domcontentloaded' });
  await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
  const shots = process.env.AGENT_IDE_SHOTS ?? path.join(run, 'shots');
  mkdirSync(shots, { recursive: true });
  return {
    page,
    /** Where screenshots go. */
    shots,
    serverLog: server.log,
    async close() {
      // Only a workbench that was left ends its extension host at once.
      await page.goto('about:blank');
      await browser.close();
      await server.stop();
      rmSync(run, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

async function startServer(run, environment) {
  const port = await freePort();
  const log = path.join(run, 'server.log');
  const output = openSync(log, 'w');
  const home = path.join(run, 'home');
  const child = spawn(
    process.execPath,
    [
      path.join(hostFolder, 'host/node_modules/code-server/out/node/entry.js'),
      '--config', path.join(run, 'config.yaml'), '--bind-addr', `127.0.0.1:${port}`, '--auth', 'none',
      '--user-data-dir', path.join(run, 'data'), '--extensions-dir', path.join(run, 'extensions'),
      '--disable-telemetry', '--disable-update-check', '--disable-workspace-trust', '--disable-getting-started-override', '--disable-proxy', '--ignore-last-opened',
    ],
    {
      stdio: ['ignore', output, output],
      env: {
        PATH: process.env.PATH, LANG: 'C.UTF-8', HOME: home, XDG_CONFIG_HOME: path.join(home, '.config'), XDG_DATA_HOME: path.join(home, '.local/share'),
        XDG_CACHE_HOME: path.join(home, '.cache'), XDG_RUNTIME_DIR: path.join(run, 'runtime'), TMPDIR: path.join(run, 'tmp'), EXTENSIONS_GALLERY: '{}', ...environment,
      },
    });
  const ended = new Promise(resolve => child.on('exit', resolve));
  const url = `http://127.0.0.1:${port}`;
  for (const started = Date.now(); ; ) {
    if (child.exitCode !== null || Date.now() - started > patience) throw new Error(`The editor did not start: ${readFileSync(log, 'utf8')}`);
    try {
      if ((await fetch(`${url}/healthz`)).ok) break;
    } catch {
      // Not listening yet.
    }

    await new Promise(resolve => setTimeout(resolve, 100));
  }

  return { url, log, stop: async () => { child.kill('SIGTERM'); await ended; } };
}

async function startBrowser(run) {
  const require = createRequire(path.join(hostFolder, 'tools', 'package.json'));
  const { chromium } = require('playwright-core');
  const profile = path.join(run, 'browser');
  return await chromium.launchPersistentContext(path.join(profile, 'profile'), {
    executablePath: browserPrograms.find(existsSync),
    headless: true,
    viewport: { width: 1400, height: 900 },
    env: { ...process.env, HOME: profile, XDG_CONFIG_HOME: path.join(profile, 'config'), XDG_CACHE_HOME: path.join(profile, 'cache') },
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

function freePort() {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Opens our view container and returns the panel's document. */
export async function openPanel(page, { mayBeOpen = false } = {}) {
  if (!(mayBeOpen && (await page.locator('.part.sidebar .composite.title h2', { hasText: /agents/i }).isVisible()))) await page.locator('.activitybar li.action-item').filter({ has: page.locator('.action-label[aria-label^="Agents"]') }).click();
  const panel = page.frameLocator('iframe.webview.ready[src*="extensionId=agent-ide.agent-ide"]').frameLocator('#active-frame');
  await panel.locator('.composer').waitFor();
  return panel;
}

/** Runs a command by its title. */
export async function palette(page, title) {
  await page.keyboard.press('F1');
  const input = page.locator('.quick-input-widget:visible .quick-input-box input');
  await input.waitFor();
  await input.fill(`>${title}`);
  await page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first().click();
}

/** Opens a file of the folder by its name. */
export async function openFile(page, name) {
  await page.keyboard.press('F1');
  const input = page.locator('.quick-input-widget:visible .quick-input-box input');
  await input.waitFor();
  await input.fill(name);
  await page.locator('.quick-input-list .monaco-list-row', { hasText: name }).first().click();
}

/** Messages in the lower right corner. */
export const toasts = page => page.locator('.notifications-toasts .notification-list-item');
