import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PREFIX = 'npm_config_';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The environment without the options of npm that stand in a `.npmrc`: npm passes those on like
 * the ones of its command line, but nobody has written them for this run.
 */
export function withoutNpmrc(env: Env): Env {
  const inFiles = new Set(npmrcFiles(env).flatMap(keysOf));
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => {
      const key = name.startsWith(PREFIX) ? name.slice(PREFIX.length).toLowerCase() : null;
      return key === null || !inFiles.has(key);
    }),
  );
}

function npmrcFiles(env: Env): string[] {
  const folder = env['npm_config_local_prefix'];
  const files = [env['npm_config_userconfig'], env['npm_config_globalconfig']];
  return [...files, folder && join(folder, '.npmrc')].filter((file) => !!file) as string[];
}

function keysOf(file: string): string[] {
  try {
    return [...readFileSync(file, 'utf8').matchAll(/^\s*([\w-]+)\s*(?:\[\])?\s*(?:=|$)/gm)].map(
      ([, key = '']) => key.replaceAll('-', '_').toLowerCase(),
    );
  } catch {
    return []; // Most of these files do not exist.
  }
}
