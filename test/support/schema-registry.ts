import { createServer } from 'node:http';
import type { TestContext } from 'node:test';
import { listening } from './listening.ts';

interface Registered {
  readonly schema: string;
  readonly schemaType?: string;
  readonly references?: readonly { name: string; subject: string; version: number }[];
}

export interface TestRegistry {
  /** With a user and a password, which it asks for. */
  readonly url: string;
  /** Its answers by path: `/schemas/ids/1`, `/subjects/money/versions/1`. */
  readonly schemas: Map<string, Registered>;
  readonly asked: readonly string[];
}

/** Answers as a schema registry does, with the codes of Confluent's. */
export async function schemaRegistry(t: TestContext): Promise<TestRegistry> {
  const schemas = new Map<string, Registered>();
  const asked: string[] = [];
  const server = createServer(({ url = '', headers }, response) => {
    asked.push(url);
    const found = schemas.get(decodeURIComponent(url.replace('/registry', '')));
    const isKnown = headers.authorization === `Basic ${Buffer.from('ann:p@ss').toString('base64')}`;
    response.setHeader('content-type', 'application/vnd.schemaregistry.v1+json');
    if (!isKnown) response.writeHead(401).end('{"error_code":40101}');
    else if (found) response.end(JSON.stringify(found));
    else response.writeHead(404).end('{"error_code":40403,"message":"Schema not found"}');
  });
  const port = await listening(t, server);
  return { url: `http://ann:p%40ss@127.0.0.1:${port}/registry/`, schemas, asked };
}

/** A value as the serializers of a registry write it. */
export function framedValue(schemaId: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(schemaId, 1);
  return Buffer.concat([head, payload]);
}
