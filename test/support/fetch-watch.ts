import type { TestContext } from 'node:test';
import { internalModule } from '../../common/kafka/internals.ts';

interface Fetch {
  /** The broker's wait, ms. */
  readonly waitMs: number;
  state: 'waiting' | 'answered' | 'given up';
}

interface Request {
  readonly apiName: string;
  readonly maxWaitTime?: number;
  encode(): Promise<{ readonly buffer: Buffer }>;
}

interface Connection {
  send(of: { readonly request: Request }): Promise<unknown>;
}

/** Position of the field, behind the id of the replica in every version that is used. */
const WAIT_AT = 4;

/** Watches the fetches that this process sends, all of its connections together. */
export function watchFetches(t: TestContext): { readonly all: readonly Fetch[] } {
  const { prototype } = internalModule<{ prototype: Connection }>('network/connection');
  const { send } = prototype;
  const all: Fetch[] = [];
  prototype.send = async function (this: Connection, of) {
    if (of.request.apiName !== 'Fetch') return send.call(this, of);
    const { buffer } = await of.request.encode();
    const fetch: Fetch = { waitMs: buffer.readInt32BE(WAIT_AT), state: 'waiting' };
    all.push(fetch);
    try {
      const answer = await send.call(this, of);
      fetch.state = 'answered';
      return answer;
    } catch (error) {
      fetch.state = 'given up';
      throw error;
    }
  };
  t.after(() => (prototype.send = send));
  return { all };
}
