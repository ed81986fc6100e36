import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { TestContext } from 'node:test';
import { freePort } from '../../infra/process/ports.ts';
import { until } from './until.ts';

const HOST = '127.0.0.1';
const SERVERS = ['valkey-server', 'redis-server'];

/** The Valkey or Redis of this machine, or null. */
export function findRedis(): string | null {
  const found = SERVERS.find((name) => spawnSync(name, ['--version']).status === 0);
  return found ?? null;
}

export interface TestRedis {
  readonly url: string;
  kill(): Promise<void>;
  /** Starts an empty server on the same port. */
  startAgain(): Promise<void>;
}

/** A server of the test's own that keeps nothing; it ends with the test. */
export async function startRedis(t: TestContext, command: string): Promise<TestRedis> {
  const port = await freePort(HOST);
  const args = ['--bind', HOST, '--port', String(port), '--save', '', '--appendonly', 'no'];
  const start = async () => {
    const child = spawn(command, args, { stdio: 'ignore' });
    await until(() => isListening(port));
    return child;
  };
  let child = await start();
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  t.after(kill);
  return {
    url: `redis://${HOST}:${port}`,
    kill,
    startAgain: async () => {
      child = await start();
    },
  };
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, HOST);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
