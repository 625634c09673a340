// A model server on loopback that speaks OpenAI's chat completions, streaming and not, and says what a script says.
// The script's form is the product's own: {"<marker>": [{text?, calls?: [{name, arguments}], delayMs?}]}; `until`, a promise, holds a turn
// until the test has done what it has to do meanwhile.

import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';

/** Starts one; `requests` collects the bodies of all chat requests, `keys` what they were authorised with. */
export async function startModel(script) {
  const requests = [];
  const keys = [];
  const server = createServer((request, response) => {
    if (request.url.endsWith('/chat/completions')) keys.push(request.headers.authorization);
    void answer(request, response, script, requests);
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    requests,
    keys,
    stop: () => new Promise(resolve => {
      server.closeAllConnections();
      server.close(resolve);
    }),
  };
}

async function answer(request, response, script, requests) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  if (!request.url.endsWith('/chat/completions')) {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ object: 'list', data: [{ id: 'scripted', object: 'model' }] }));
    return;
  }

  const body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  requests.push(body);
  const step = nextStep(script, body.messages);
  if (step.delayMs && !(await waited(step.delayMs, response))) return;
  await step.until;
  const id = `chatcmpl-${requests.length}`;
  const calls = (step.calls ?? []).map((call, index) => ({ index, id: `call_${requests.length}_${index}`, type: 'function', function: { name: call.name, arguments: JSON.stringify(call.arguments) } }));
  const finish = calls.length > 0 ? 'tool_calls' : 'stop';
  const usage = { prompt_tokens: Math.ceil(JSON.stringify(body.messages).length / 4), completion_tokens: 20, total_tokens: 0 };
  const message = { role: 'assistant', content: step.text ?? (calls.length > 0 ? null : 'done'), ...(calls.length > 0 ? { tool_calls: calls } : {}) };
  if (!body.stream) {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ id, object: 'chat.completion', model: body.model, choices: [{ index: 0, message, finish_reason: finish }], usage }));
    return;
  }

  response.setHeader('content-type', 'text/event-stream');
  const send = (choices, more = {}) => response.write(`data: ${JSON.stringify({ id, object: 'chat.completion.chunk', model: body.model, choices, ...more })}\n\n`);
  send([{ index: 0, delta: message, finish_reason: null }]);
  send([{ index: 0, delta: {}, finish_reason: finish }]);
  send([], { usage });
  response.end('data: [DONE]\n\n');
}

/** False when whoever asked went away meanwhile; a timer that was left behind would hold up the end of the tests. */
async function waited(milliseconds, response) {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    await setTimeout(milliseconds, undefined, { signal: gone.signal });
    return true;
  } catch {
    return false;
  }
}

function nextStep(script, messages) {
  const text = JSON.stringify(messages);
  const marker = Object.keys(script).find(candidate => text.includes(candidate));
  const turn = messages.filter(message => message.role === 'assistant').length;
  return script[marker]?.[turn] ?? { text: 'done' };
}
