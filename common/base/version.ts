import { readFileSync } from 'node:fs';

const manifest = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as {
  version: string;
};

export const VERSION = manifest.version;

/** Value of the User-Agent header that receivers see. */
export const USER_AGENT = `Hookline/${VERSION}`;
