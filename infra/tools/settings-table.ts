// `npm run docs:settings`: writes the table of settings into the README. A test fails while the
// table there is not the one that the code has.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '../../common/cli/command.ts';
import { parseCommand } from '../../common/cli/parse-command.ts';
import { wantedOrExit } from '../../common/cli/run-command.ts';
import { settingsTable } from './settings-rows.ts';

const DOCS_SETTINGS = {
  script: 'docs:settings',
  summary: 'Writes the table of settings into the README.',
  examples: [['', '']],
  options: {},
} as const satisfies Command;

wantedOrExit(DOCS_SETTINGS, (words, env) => parseCommand(DOCS_SETTINGS, words, env));

const README = join(import.meta.dirname, '../../README.md');
const BLOCK = /(<!-- settings -->\n)[\s\S]*?(<!-- \/settings -->)/;

const readme = readFileSync(README, 'utf8');
const put = (_block: string, open: string, close: string) => `${open}${settingsTable()}\n${close}`;
writeFileSync(README, readme.replace(BLOCK, put));
