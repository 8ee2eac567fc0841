// Subscribes with the official clients, and misbehaves on bare sockets to see the closing codes.
//
//   npm ci && node clients.mjs http://127.0.0.1:8080/graphql ["Bearer TOKEN"] ["subscription { … }"]
//
// Needs nothing of the schema but `__typename`. With a subscription as third argument, it is followed on both
// transports until its first result, so it has to be one that speaks without being asked.

import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import WebSocket from 'ws';

const [url, authorization, subscription] = process.argv.slice(2);
if (url === undefined) {
  console.error('usage: node clients.mjs URL [AUTHORIZATION] [SUBSCRIPTION]');
  process.exit(2);
}
const socketUrl = `${url.replace(/^http/, 'ws')}/ws`;
const streamUrl = `${url}/stream`;
const PROTOCOL = 'graphql-transport-ws';

let failures = 0;
async function check(name, test) {
  let outcome = 'ok';
  try {
    await within(15_000, test());
  } catch (error) {
    failures += 1;
    outcome = `FAILED: ${error.message ?? JSON.stringify(error)}`;
  }
  console.log(`${name}: ${outcome}`);
}

function within(ms, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function same(actual, expected) {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    throw new Error(`${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
  }
}

/** Everything that an operation yields; with `first`, only the first result. */
async function results(client, query, first = false) {
  const all = [];
  for await (const result of client.iterate({ query })) {
    all.push(result);
    if (first) break;
  }
  return all;
}

async function refused(client, query) {
  const errors = await results(client, query).then(
    ([{ errors } = {}]) => errors, // an event stream says it in a result
    thrown => thrown, // a WebSocket in a message of its own
  );
  same(errors?.[0]?.extensions?.code, 'BAD_USER_INPUT');
}

/** Opens a bare socket, sends the messages one by one, and says what closed it. */
function closing(messages, { protocol = PROTOCOL, waitForAck = true } = {}) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(socketUrl, protocol);
    const pending = [...messages];
    const sendNext = () => {
      const message = pending.shift();
      if (message !== undefined) socket.send(typeof message === 'object' && !Buffer.isBuffer(message) ? JSON.stringify(message) : message);
      return message;
    };
    socket.on('open', () => {
      if (!waitForAck) while (sendNext() !== undefined);
      else sendNext();
    });
    socket.on('message', () => sendNext());
    socket.on('close', code => resolve(code));
    socket.on('error', reject);
  });
}

const init = { type: 'connection_init', payload: authorization === undefined ? {} : { authorization } };
const operation = { query: '{ __typename }' };

const ws = createWsClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: init.payload, retryAttempts: 0 });
const sse = createSseClient({ url: streamUrl, headers: authorization === undefined ? {} : { authorization }, retryAttempts: 0 });

for (const [name, client] of [['ws', ws], ['sse', sse]]) {
  await check(`${name}: a query yields one result and completes`, async () => {
    const all = await results(client, '{ __typename }');
    same(all.length, 1);
    if (typeof all[0].data?.__typename !== 'string') throw new Error(JSON.stringify(all[0]));
  });
  await check(`${name}: a syntax error is reported`, () => refused(client, '{'));
  await check(`${name}: a validation error is reported`, () => refused(client, 'subscription { noSuchField }'));
  if (subscription !== undefined) {
    await check(`${name}: the subscription speaks`, async () => {
      const [result] = await results(client, subscription, true);
      if (result?.errors !== undefined || result?.data == null) throw new Error(JSON.stringify(result));
    });
  }
}
await ws.dispose();

await check('ws: 4400 for what is not JSON', async () => same(await closing(['{']), 4400));
await check('ws: 4400 for a binary message', async () => same(await closing([Buffer.from('{}')]), 4400));
await check('ws: 4400 for an unknown type', async () => same(await closing([{ type: 'start' }]), 4400));
await check('ws: 4400 for a subscription without an id', async () =>
  same(await closing([init, { type: 'subscribe', payload: operation }]), 4400));
await check('ws: 4400 for a query that is not a string', async () =>
  same(await closing([init, { type: 'subscribe', id: '1', payload: { query: 1 } }]), 4400));
await check('ws: 4401 for a subscription before the acknowledgement', async () =>
  same(await closing([{ type: 'subscribe', id: '1', payload: operation }]), 4401));
await check('ws: 4406 without the protocol', async () => same(await closing([], { protocol: [] }), 4406));
await check('ws: 4408 for a client that says nothing', async () => same(await closing([]), 4408));
await check('ws: 4409 for an id in use', async () => {
  const subscribe = { type: 'subscribe', id: '1', payload: operation };
  same(await closing([init, subscribe, subscribe].map(JSON.stringify), { waitForAck: false }), 4409);
});
await check('ws: 4429 for a second initialisation', async () => same(await closing([init, init]), 4429));

console.log(failures === 0 ? 'all ok' : `${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
