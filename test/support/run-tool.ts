import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import type { TestContext } from 'node:test';

const ROOT = join(import.meta.dirname, '../..');

export interface Tool {
  /** Standard output and standard error so far. */
  readonly output: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Resolves with the exit code at its end, null after a signal. */
  readonly ended: Promise<number | null>;
}

/** Runs a tool of the command line as a process of its own; it ends with the test. */
export function startTool(
  t: TestContext,
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Tool {
  const child = spawn(process.execPath, [resolve(ROOT, file), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: string[] = [];
  child.stdout.on('data', (chunk) => chunks.push(String(chunk)));
  child.stderr.on('data', (chunk) => chunks.push(String(chunk)));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  t.after(() => {
    child.kill('SIGKILL');
    return ended;
  });
  return { output: () => chunks.join(''), kill: (signal) => void child.kill(signal), ended };
}

/** Runs a tool to its end. */
export async function runTool(
  ...args: Parameters<typeof startTool>
): Promise<{ code: number | null; output: string }> {
  const tool = startTool(...args);
  const code = await tool.ended;
  return { code, output: tool.output() };
}
