// `npm run docs:licences`: writes the list of licences into docs/supply-chain.md. A test fails
// while the list there is not that of the lock file.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { licenceTable, licensedPackages } from './licences.ts';
import type { LockFile } from './licences.ts';
import type { Command } from '../../common/cli/command.ts';
import { parseCommand } from '../../common/cli/parse-command.ts';
import { wantedOrExit } from '../../common/cli/run-command.ts';

const DOCS_LICENCES = {
  script: 'docs:licences',
  summary: 'Writes the list of licences into docs/supply-chain.md.',
  examples: [['', '']],
  options: {},
} as const satisfies Command;

wantedOrExit(DOCS_LICENCES, (words, env) => parseCommand(DOCS_LICENCES, words, env));

const ROOT = join(import.meta.dirname, '../..');
const DOCUMENT = join(ROOT, 'docs/supply-chain.md');
const BLOCK = /(<!-- licences -->\n)[\s\S]*?(<!-- \/licences -->)/;

const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as LockFile;
const table = licenceTable(licensedPackages(lock));
const document = readFileSync(DOCUMENT, 'utf8');
writeFileSync(
  DOCUMENT,
  document.replace(BLOCK, (_block, open: string, close: string) => `${open}${table}\n${close}`),
);
