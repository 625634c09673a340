// Neovim without a screen, asked through its own server. Waits are Neovim's own: it goes on with its events meanwhile.

import { execFile, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { documented } from './documented.mjs';
import { patience } from './patience.mjs';

const run = promisify(execFile);

/** Notes what the server tells, and answers for the person: `agent_answers` are patterns of a message with the button to press. */
const recorder = `
agent_progress, agent_messages, agent_answers, agent_choice, agent_instruction = {}, {}, {}, nil, nil
local progress = vim.lsp.handlers['$/progress']
vim.lsp.handlers['$/progress'] = function(failed, result, ...)
  table.insert(agent_progress, { token = result.token, kind = result.value.kind, title = result.value.title, message = result.value.message })
  return progress(failed, result, ...)
end
local message = vim.lsp.handlers['window/showMessage']
vim.lsp.handlers['window/showMessage'] = function(failed, result, ...)
  table.insert(agent_messages, result.message)
  return message(failed, result, ...)
end
vim.notify = function(text) table.insert(agent_messages, text) end
vim.fn.inputlist = function(lines)
  table.insert(agent_messages, lines[1])
  for pattern, button in pairs(agent_answers) do
    if lines[1]:find(pattern, 1, true) then
      for number, line in ipairs(lines) do
        if line:find(button, 1, true) and number > 2 then return number - 2 end
      end
    end
  end
  return 0
end
vim.ui.select = function(items, options, choose)
  for _, item in ipairs(items) do
    if options.format_item(item) == agent_choice then return choose(item) end
  end
  choose(nil)
end
vim.ui.input = function(_, done) done(agent_instruction) end
`;

/** Why it cannot run here; false when it can. */
export const withoutNeovim = () => (spawnSync('nvim', ['--version']).status === 0 ? false : 'nvim is not installed');

/** Starts it on a file of `workplace.repository` with the documented configuration. `folder` is for its own files; there is a `runtime` in it. */
export async function openNeovim(workplace, file) {
  const configuration = path.join(workplace.folder, 'init.lua');
  writeFileSync(configuration, `${documented('Neovim', 'lua')}\n${recorder}`);
  const socket = path.join(workplace.folder, 'runtime', 'nvim');
  const child = spawn('nvim', ['--headless', '--clean', '--listen', socket, '-u', configuration, '-c', 'filetype on', file], {
    cwd: workplace.repository, env: workplace.environment, stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => { output += chunk; });
  const exited = new Promise(resolve => child.on('exit', resolve));

  /** The value of a Lua expression. */
  const value = async expression => {
    const lua = `vim.fn.json_encode(((function() return ${expression} end)()))`;
    const { stdout, stderr } = await run('nvim', ['--server', socket, '--remote-expr', `luaeval('${lua.replaceAll("'", "''")}')`], { env: workplace.environment, timeout: patience });
    return JSON.parse(stdout || stderr); // Neovim 0.7 shows it as a message.
  };
  const neovim = {
    value,
    /** Runs Lua statements. */
    lua: statements => value(`(function() ${statements}; return true end)()`),
    /** Waits until a Lua expression is true. */
    until: async expression => {
      if (!(await value(`vim.wait(${patience - 10_000}, function() return ${expression} end, 20)`))) {
        throw new Error(`Neovim did not come to ${expression}.\nMessages: ${JSON.stringify(await value('agent_messages'), null, 1)}\n${output}`);
      }
    },
    told: text => neovim.until(`(function() for _, said in ipairs(agent_messages) do if said:find(${JSON.stringify(text)}, 1, true) then return true end end return false end)()`),
    command: command => neovim.lua(`vim.cmd(${JSON.stringify(command)})`),
    async close() {
      child.kill('SIGTERM');
      await exited;
    },
  };
  try {
    await listening(socket, exited, () => output, workplace.environment);
    await neovim.until(`(function()
      local client = (vim.lsp.get_clients or vim.lsp.get_active_clients)()[1]
      return client ~= nil and client.initialized and vim.lsp.buf_is_attached(0, client.id)
    end)()`);
    return neovim;
  } catch (error) {
    await neovim.close();
    throw error;
  }
}

async function listening(socket, exited, output, env) {
  let ended = false;
  exited.then(() => { ended = true; });
  for (const started = Date.now(); ; ) {
    try {
      await run('nvim', ['--server', socket, '--remote-expr', '1'], { env, timeout: patience });
      return;
    } catch (error) {
      if (ended || Date.now() - started > patience) throw new Error(`Neovim did not start: ${output()}`, { cause: error });
    }
  }
}
