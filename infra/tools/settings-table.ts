// `npm run docs:settings`: writes the table of settings into the README. A test fails while the
// table there is not the one that the code has.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingsTable } from './decide/settings-rows.ts';

const README = join(import.meta.dirname, '../../README.md');
const BLOCK = /(<!-- settings -->\n)[\s\S]*?(<!-- \/settings -->)/;

const readme = readFileSync(README, 'utf8');
const put = (_block: string, open: string, close: string) => `${open}${settingsTable()}\n${close}`;
writeFileSync(README, readme.replace(BLOCK, put));
