// The recipes of examples/deduplicate, each on a real store, behind one interface.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import { Handled } from '../../examples/deduplicate/memory.ts';
import type { Position } from '../../examples/deduplicate/memory.ts';
import { startRedis } from './redis.ts';
import { tempDir } from './temp-dir.ts';

/** A receiver that handles each delivery once. */
export interface Deduplicator {
  /** Returns whether the delivery is handled, and not a repeat. */
  handle(position: Position): Promise<boolean>;
  /** How many keys it remembers. */
  size(): Promise<number>;
}

/** Statements of handled.sql, by name. */
function statements(): (name: string) => string {
  const text = readFileSync('examples/deduplicate/handled.sql', 'utf8');
  const parts = text.split(/^-- name: /m).slice(1);
  const named = new Map(parts.map((part) => [part.split('\n', 1)[0], part.replace(/^\w+\n/, '')]));
  return (name) => (named.get(name) as string).replace(/^--.*\n/gm, '').trim();
}

export function inMemory(): Deduplicator {
  const handled = new Handled();
  return {
    handle: (position) => Promise.resolve(handled.begin(position)),
    size: () => Promise.resolve(handled.size),
  };
}

export function inSqlite(t: TestContext): Deduplicator {
  const database = new DatabaseSync(':memory:');
  t.after(() => database.close());
  const sql = statements();
  database.exec(sql('create'));
  const run = (name: string, ...values: readonly (string | number)[]) => {
    const named = values.map((value, n): [string, string | number] => [`$${n + 1}`, value]);
    return database.prepare(sql(name)).all(Object.fromEntries(named));
  };
  const handle = ({ key, lane, offset, settled }: Position) => {
    database.exec('BEGIN');
    const isNew = run('remember', key, lane, offset).length === 1;
    const isHandled = isNew && run('is_settled', lane, offset).length === 0;
    database.exec(isHandled ? 'COMMIT' : 'ROLLBACK');
    database.exec('BEGIN');
    run('settle', lane, settled);
    run('forget', lane, settled);
    database.exec('COMMIT');
    return isHandled;
  };
  return {
    handle: (position) => Promise.resolve(handle(position)),
    size: () => {
      const [row] = database.prepare('SELECT count(*) AS n FROM webhook_handled').all();
      return Promise.resolve(Number(row?.['n']));
    },
  };
}

/** @returns why it cannot be run here; false: it can */
export function whyNoPostgres(): string | false {
  const tools = ['initdb', 'postgres', 'psql'];
  const missing = tools.find((name) => spawnSync(name, ['--version']).status !== 0);
  return missing === undefined ? false : `needs ${missing} of PostgreSQL`;
}

/** A PostgreSQL of the test's own, by a socket in a folder that goes with the test. */
export async function inPostgres(t: TestContext): Promise<Deduplicator> {
  const folder = tempDir(t);
  // PostgreSQL refuses to run as root.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) spawnSync('chown', ['-R', 'nobody', folder]);
  const asUser = (command: string, args: readonly string[]) =>
    isRoot
      ? (['runuser', ['-u', 'nobody', '--', command, ...args]] as const)
      : ([command, args] as const);
  const data = `${folder}/data`;
  const init = spawnSync(
    ...asUser('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync']),
  );
  if (init.status !== 0) throw new Error(String(init.stderr));
  const options = ['-D', data, '-k', folder, '-h', '', '-F'];
  const server = spawn(...asUser('postgres', options), { stdio: 'ignore' });
  const ended = once(server, 'exit');
  t.after(async () => {
    server.kill('SIGTERM');
    await ended;
  });
  const connect = ['-h', folder, '-U', 'postgres', '-d', 'postgres', '-X', '-A', '-t', '-q'];
  while (spawnSync('psql', [...connect, '-c', 'SELECT 1']).status !== 0) {
    if (server.exitCode !== null) throw new Error('PostgreSQL has ended');
  }
  const session = spawn('psql', [...connect, '-v', 'ON_ERROR_STOP=1'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => session.stdin.end('\\q\n'));
  const lines = createInterface(session.stdout)[Symbol.asyncIterator]();
  const ask = async (text: string): Promise<readonly string[]> => {
    session.stdin.write(`${text}\n\\echo --end\n`);
    const answer: string[] = [];
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error(`psql has ended at: ${text}`);
      if (value === '--end') return answer;
      answer.push(value);
    }
  };
  const sql = statements();
  await ask(sql('create'));
  for (const [name, types] of [
    ['remember', 'text, text, bigint'],
    ['is_settled', 'text, bigint'],
    ['settle', 'text, bigint'],
    ['forget', 'text, bigint'],
  ] as const) {
    await ask(`PREPARE ${name} (${types}) AS ${sql(name)}`);
  }
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
  return {
    async handle({ key, lane, offset, settled }) {
      const [k, l] = [quoted(key), quoted(lane)];
      const rows = await ask(`BEGIN; EXECUTE remember (${k}, ${l}, ${offset});`);
      const done = rows.length === 1 ? await ask(`EXECUTE is_settled (${l}, ${offset});`) : [];
      const isHandled = rows.length === 1 && done.length === 0;
      await ask(isHandled ? 'COMMIT;' : 'ROLLBACK;');
      await ask(
        `BEGIN; EXECUTE settle (${l}, ${settled}); EXECUTE forget (${l}, ${settled}); COMMIT;`,
      );
      return isHandled;
    },
    size: async () => Number((await ask('SELECT count(*) FROM webhook_handled;'))[0]),
  };
}

export async function inRedis(t: TestContext, command: string): Promise<Deduplicator> {
  const { url } = await startRedis(t, command);
  const port = new URL(url).port;
  const lua = 'examples/deduplicate/handled.lua';
  const cli = (...args: readonly string[]) => {
    const { stdout, stderr, status } = spawnSync('redis-cli', ['-p', port, ...args]);
    if (status !== 0 || String(stderr) !== '') throw new Error(String(stderr));
    return String(stdout).trim();
  };
  return {
    handle: ({ key, lane, offset, settled }) => {
      const keys = [`webhook:handled:${key}`, `webhook:lane:${lane}`, `webhook:settled:${lane}`];
      const args = [String(offset), String(settled), '2592000', lane];
      return Promise.resolve(cli('--eval', lua, ...keys, ',', ...args) === '1');
    },
    size: () => Promise.resolve(cli('KEYS', 'webhook:handled:*').split('\n').length),
  };
}
