// Runs the audits of GraphQL over HTTP against a server and fails on everything but "ok".
//
//   npm ci && node audit.mjs http://127.0.0.1:8080/graphql ["Bearer TOKEN"]

import { serverAudits } from 'graphql-http';

const [url, authorization] = process.argv.slice(2);
if (url === undefined) {
  console.error('usage: node audit.mjs URL [AUTHORIZATION]');
  process.exit(2);
}

const fetchFn = (input, init = {}) => {
  const headers = new Headers(init.headers);
  if (authorization !== undefined) headers.set('authorization', authorization);
  return fetch(input, { ...init, headers });
};

const counts = { ok: 0, notice: 0, warn: 0, error: 0 };
for (const audit of serverAudits({ url, fetchFn })) {
  const { status, reason } = await audit.fn();
  counts[status] += 1;
  if (status !== 'ok') console.log(`${status} ${audit.id} ${audit.name}\n  ${reason}`);
}

const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
console.log(`${counts.ok} of ${total} ok, ${counts.notice} notices, ${counts.warn} warnings, ${counts.error} errors`);
process.exit(counts.ok === total && total > 0 ? 0 : 1);
