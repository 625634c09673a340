// A peer that shares no code with the product: vscode-jsonrpc on standard input and output.
// It answers "peer/*" and, when asked to, calls "test/*" at the other side and tells what came back.
'use strict';

const rpc = require('vscode-jsonrpc/node');

const connection = rpc.createMessageConnection(
  new rpc.StreamMessageReader(process.stdin),
  new rpc.StreamMessageWriter(process.stdout),
);

const requestCancelled = -32800;
const counted = [];

connection.onRequest('peer/echo', (params) => params);

connection.onRequest('peer/fail', () => {
  throw new rpc.ResponseError(4711, 'Überlappung in a/b.', { path: 'a/b', lines: [1, 2] });
});

// Without parameters the token is the only argument.
connection.onRequest('peer/wait', (token) => new Promise((_resolve, reject) => {
  connection.sendNotification('test/waiting');
  token.onCancellationRequested(() => {
    connection.sendNotification('test/cancelled');
    reject(new rpc.ResponseError(requestCancelled, 'cancelled'));
  });
}));

connection.onNotification('peer/count', (params) => { counted.push(params.value); });

connection.onRequest('peer/counted', () => counted);

connection.onRequest('peer/callManyAtOnce', async (params) => {
  const calls = [];
  for (let n = 0; n < params.value; n++) {
    calls.push(connection.sendRequest('test/double', { value: n }));
  }

  return (await Promise.all(calls)).map((result) => result.value);
});

connection.onRequest('peer/callAndCancel', async () => {
  const source = new rpc.CancellationTokenSource();
  const call = connection.sendRequest('test/wait', source.token);
  await connection.sendRequest('test/started');
  source.cancel();
  return outcome(call);
});

connection.onRequest('peer/callFailing', () => outcome(connection.sendRequest('test/fail')));

connection.onRequest('peer/callUnknown', () => outcome(connection.sendRequest('test/unknown', { a: 1 })));

connection.onRequest('peer/callByPosition', () =>
  connection.sendRequest(new rpc.RequestType('test/double', rpc.ParameterStructures.byPosition), { value: 21 }));

connection.onRequest('peer/callWithTwoByPosition', () => outcome(connection.sendRequest('test/double', 1, 2)));

connection.onRequest('peer/notifyInOrder', async (params) => {
  for (let n = 0; n < params.value; n++) {
    connection.sendNotification('test/count', { value: n });
  }

  return connection.sendRequest('test/counted');
});

connection.onNotification('peer/exit', () => connection.end());

connection.onClose(() => process.exit(0));

async function outcome(call) {
  try {
    return { result: await call };
  } catch (error) {
    return { code: error.code, message: error.message, data: error.data };
  }
}

connection.listen();
