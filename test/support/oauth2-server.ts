import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'node:test';

/** Requests that the server has had. */
export interface Seen {
  readonly granted: readonly {
    readonly token: string;
    readonly scope: string | null;
    readonly audience: string | null;
  }[];
  /** Why requests were refused. */
  readonly refused: readonly string[];
}

/** How it answers from now on; status 0: not at all. */
export interface Mode {
  readonly expires_in: number;
  readonly status: number;
}

const SCRIPT = fileURLToPath(new URL('oauth2-server-process.ts', import.meta.url));

/** The colon and the plus have to be encoded, both in the header and by the form. */
export const CLIENT = { client_id: 'hook:line', client_secret: 'a+secret:of ours%' };

/** A token server in a process of its own, which can be stopped, and started at the same port. */
export async function anOAuth2Server(t: TestContext) {
  let child: ChildProcess | null = null;
  let port = 0;
  const start = async () => {
    const args = [SCRIPT, String(port), CLIENT.client_id, CLIENT.client_secret];
    child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(child.stdout as NodeJS.ReadableStream, 'data');
    port = Number(String(line));
  };
  const stop = async () => {
    if (!child) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    child = null;
    await ended;
  };
  await start();
  t.after(stop);
  const url = `http://127.0.0.1:${port}`;
  return {
    ...{ start, stop, tokenUrl: `${url}/token` },
    seen: async () => (await (await fetch(`${url}/seen`)).json()) as Seen,
    mode: (mode: Partial<Mode>) =>
      fetch(`${url}/mode`, { method: 'POST', body: JSON.stringify(mode) }),
  };
}
