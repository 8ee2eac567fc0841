// The playground: GraphiQL on this service's own endpoints, with a field for the API token.
//
// The page runs under a policy without inline script, inline style and eval, and talks to nothing but the server
// it came from. The token stays in this browser tab (session storage) and is sent in the Authorization header, or,
// for subscriptions, in the payload of connection_init, because browsers cannot set headers on a WebSocket.

import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { createClient } from 'graphql-ws';
import { useEffect, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';

const ENDPOINT = new URL('/graphql', location.href);
const SOCKET = new URL('/graphql/ws', location.href);
SOCKET.protocol = ENDPOINT.protocol === 'https:' ? 'wss:' : 'ws:';

const TOKEN = 'odaesan.token';

const WELCOME = `# The book icon opens the schema's manual.
# Ctrl+Space completes, Ctrl+Enter runs.
#
# Does the server ask for a token?
#   odaesan token create
# makes one; paste it above.

query Welcome {
  __typename
}
`;

function bearer(token) {
  return token === '' ? {} : { authorization: `Bearer ${token}` };
}

function Playground() {
  const [token, setToken] = useState(() => sessionStorage.getItem(TOKEN) ?? '');
  useEffect(() => sessionStorage.setItem(TOKEN, token), [token]);

  // A new token means a new identity: the next subscription must not run on the socket of the old one.
  const socket = useMemo(() => createClient({ url: SOCKET.href, connectionParams: bearer(token) }), [token]);
  useEffect(() => () => void socket.dispose(), [socket]);

  const fetcher = useMemo(
    () => createGraphiQLFetcher({ url: ENDPOINT.href, headers: bearer(token), wsClient: socket }),
    [token, socket],
  );

  return (
    <div className="page">
      <header className="page-bar">
        <img src="/graphql/assets/icon.svg" alt="" />
        <h1>Odaesan GraphQL</h1>
        <label>
          Token
          <input
            type="password"
            name="token"
            autoComplete="off"
            spellCheck={false}
            placeholder="sent as Authorization: Bearer …"
            value={token}
            onChange={event => setToken(event.target.value.trim())}
          />
        </label>
      </header>
      <main className="page-editor">
        <GraphiQL fetcher={fetcher} defaultQuery={WELCOME}>
          <GraphiQL.Logo>
            <span />
          </GraphiQL.Logo>
        </GraphiQL>
      </main>
    </div>
  );
}

createRoot(document.getElementById('playground')).render(<Playground />);
