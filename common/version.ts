import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** What receivers see as the sender. */
export const USER_AGENT = `Hookline/${manifest.version}`;
