import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface TokenServer {
  readonly url: string;
  /** Requests for a token, by the client id that they name. */
  readonly asked: readonly string[];
}

/**
 * An OAuth 2.0 token endpoint for client credentials. Its tokens have no signature: Kafka's own
 * handler for tests takes them.
 *
 * @param lifeS life of each token
 */
export async function tokenServer(t: TestContext, lifeS: number): Promise<TokenServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const [, encoded = ''] = request.headers.authorization?.split(' ') ?? [];
    const [id = '', secret] = Buffer.from(encoded, 'base64').toString().split(':');
    asked.push(id);
    response.setHeader('content-type', 'application/json');
    if (secret !== `${id}-secret`) {
      response.writeHead(401).end('{"error":"invalid_client"}');
      return;
    }
    const nowS = Math.floor(Date.now() / 1_000);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = part({ sub: id, iat: nowS, exp: nowS + lifeS });
    const access_token = `${part({ alg: 'none' })}.${claims}.`;
    response.end(JSON.stringify({ access_token, token_type: 'Bearer', expires_in: lifeS }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/token`, asked };
}
