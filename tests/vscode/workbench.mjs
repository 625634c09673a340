// A real VS Code workbench with our extension in it, in a headless browser: where it is installed, how it is started, and the
// few places of its page that the tests touch.

import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packageOf } from '../../scripts/package.mjs';
import { root, run as runProgram } from '../../scripts/processes.mjs';
import { browser as installedBrowser, installedHost } from '../../scripts/vscode-host.mjs';
import { patience } from '../shared/patience.mjs';

/** What `npm run package` made for this machine. */
const extensionPackage = packageOf('linux-x64');

/** Why the tests cannot run here; false when they can. `npm test` installs what it can before, and says why it could not. */
export function reasonToSkip() {
  if (process.env.AGENT_IDE_NO_WORKBENCH) return process.env.AGENT_IDE_NO_WORKBENCH;
  if (installedBrowser() === undefined) return 'no Chromium is installed';
  if (installedHost() === undefined) return 'no editor is installed: node scripts/vscode-host.mjs';
  if (!existsSync(path.join(root, 'tests/vscode/node_modules/playwright-core'))) return 'its packages are not installed: npm ci in tests/vscode';
  return existsSync(extensionPackage) ? false : 'the extension is not packaged: npm run package -- linux-x64';
}

export { patience };

const settings = {
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'security.workspace.trust.startupPrompt': 'never',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'git.openRepositoryInParentFolders': 'never',
  'chat.disableAIFeatures': true,
  'typescript.disableAutomaticTypeAcquisition': true,
};

/**
 * Starts server and browser, with the packaged extension installed as a user does it. `environment` is what the extension host, and so
 * the coordinator, sees; `configuration` is the user's own agent-ide/config.yaml. Folders are trusted unless it `asksForTrust`. `beside`
 * are folders of further extensions, and `everyFrame` is what each page's frames run before their own scripts.
 */
export async function startEditor({ environment = {}, userSettings = {}, configuration, asksForTrust = false, beside = [], everyFrame } = {}) {
  const run = mkdtempSync(path.join(tmpdir(), 'agent-ide-vscode-'));
  for (const folder of ['home', 'tmp', 'extensions', 'data/User', 'data/Machine', 'runtime', 'browser']) mkdirSync(path.join(run, folder), { recursive: true, mode: 0o700 });
  writeFileSync(path.join(run, 'config.yaml'), 'auth: none\ncert: false\n');
  writeFileSync(path.join(run, 'data/User/settings.json'), JSON.stringify({ ...settings, 'security.workspace.trust.enabled': asksForTrust, ...userSettings }));
  if (configuration !== undefined) {
    mkdirSync(path.join(run, 'home/.config/agent-ide'), { recursive: true });
    writeFileSync(path.join(run, 'home/.config/agent-ide/config.yaml'), configuration);
  }

  await installExtension(run);
  const installed = readInstalled(run);
  for (const folder of beside) addExtension(run, folder);
  const server = await startServer(run, environment, asksForTrust);
  const browser = await startBrowser(run);
  if (everyFrame !== undefined) await browser.addInitScript(everyFrame);
  const extension = path.join(run, 'extensions', installed);
  const shots = process.env.AGENT_IDE_SHOTS ?? path.join(run, 'shots');
  const looks = process.env.AGENT_IDE_LOOKS ?? path.join(run, 'looks');
  for (const folder of [shots, looks]) mkdirSync(folder, { recursive: true });
  return {
    /** Where the pictures for README go. */
    shots,
    /** Where pictures go that somebody may want to look at. */
    looks,
    /** Where the extension was unpacked to. */
    extension,
    /** The executable inside, for whoever else attaches to the same coordinator, */
    server: path.join(extension, 'server/agent-ide'),
    /** with the environment that the coordinator has. */
    environment: { ...surroundings(run), ...environment },
    /** Where all of it lies. */
    folder: run,
    serverLog: server.log,
    /** Changes the settings of the machine, as the settings editor would: only there count those of the scope `machine`. */
    configure: machineSettings => writeFileSync(path.join(run, 'data/Machine/settings.json'), JSON.stringify(machineSettings)),
    /** Opens a window on a folder, or on the folders that a `.code-workspace` names; without either, an empty window. */
    async open(folder) {
      const page = await browser.newPage();
      page.setDefaultTimeout(patience);
      await page.goto(folder === undefined ? `${server.url}/?ew=true` : `${server.url}/?${folder.endsWith('.code-workspace') ? 'workspace' : 'folder'}=${encodeURIComponent(folder)}`, { waitUntil: 'domcontentloaded' });
      await page.locator('.monaco-workbench .activitybar li.action-item').first().waitFor();
      if (folder !== undefined) await untilFolders(page);
      return page;
    },
    async close() {
      // Only a workbench that was left ends its extension host at once.
      await Promise.all(browser.pages().map(page => page.goto('about:blank')));
      await browser.close();
      await server.stop();
      rmSync(run, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** A workbench that reads a `.code-workspace` before it is quite connected takes it for an empty one, and stays so until it is loaded again. */
async function untilFolders(page) {
  const attempts = 4;
  for (let attempt = 1; ; attempt++) {
    try {
      await page.locator('.explorer-folders-view .monaco-list').first().waitFor({ timeout: patience / attempts });
      return;
    } catch (error) {
      if (attempt === attempts) throw error;
      await page.reload({ waitUntil: 'domcontentloaded' });
    }
  }
}

function commandLine(run) {
  return [installedHost().entry, '--config', path.join(run, 'config.yaml'), '--user-data-dir', path.join(run, 'data'), '--extensions-dir', path.join(run, 'extensions')];
}

function surroundings(run) {
  const home = path.join(run, 'home');
  return {
    PATH: process.env.PATH, LANG: 'C.UTF-8', HOME: home, XDG_CONFIG_HOME: path.join(home, '.config'), XDG_DATA_HOME: path.join(home, '.local/share'),
    XDG_CACHE_HOME: path.join(home, '.cache'), XDG_RUNTIME_DIR: path.join(run, 'runtime'), TMPDIR: path.join(run, 'tmp'), EXTENSIONS_GALLERY: '{}',
  };
}

async function installExtension(run) {
  const { code, output } = await runProgram(installedHost().node, [...commandLine(run), '--install-extension', extensionPackage], { env: surroundings(run), timeoutMs: patience });
  if (code !== 0) throw new Error(`The package was not installed: ${output}`);
}

/** As if it were installed; by itself the editor installs packages only. */
function addExtension(run, folder) {
  const { name, publisher, version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const target = path.join(run, 'extensions', `${publisher}.${name}-${version}`);
  cpSync(folder, target, { recursive: true });
  const list = path.join(run, 'extensions/extensions.json');
  const entry = { identifier: { id: `${publisher}.${name}` }, version, location: { $mid: 1, path: target, scheme: 'file' }, relativeLocation: path.basename(target) };
  writeFileSync(list, JSON.stringify([...JSON.parse(readFileSync(list, 'utf8')), entry]));
}

const readInstalled = run => JSON.parse(readFileSync(path.join(run, 'extensions/extensions.json'), 'utf8'))[0].relativeLocation;

async function startServer(run, environment, asksForTrust) {
  const port = await freePort();
  const log = path.join(run, 'server.log');
  const output = openSync(log, 'w');
  const child = spawn(
    installedHost().node,
    [
      ...commandLine(run), '--bind-addr', `127.0.0.1:${port}`, '--auth', 'none',
      '--disable-telemetry', '--disable-update-check', ...(asksForTrust ? [] : ['--disable-workspace-trust']), '--disable-getting-started-override', '--disable-proxy', '--ignore-last-opened',
    ],
    { stdio: ['ignore', output, output], env: { ...surroundings(run), ...environment } });
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
  const { chromium } = await import('playwright-core');
  const profile = path.join(run, 'browser');
  return await chromium.launchPersistentContext(path.join(profile, 'profile'), {
    executablePath: installedBrowser(),
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
  // A window that is being loaded shows which view was open only with the view itself.
  if (mayBeOpen) await page.locator('.part.sidebar .pane-body').first().waitFor();
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
