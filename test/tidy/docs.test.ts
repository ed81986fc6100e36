// Goal: nothing in the documents leads nowhere, and every document is found from the index.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, posix, sep } from 'node:path';
import { test } from 'node:test';

const documents = globSync('**/*.md', { exclude: ['node_modules', 'data', 'target'] }).map((file) =>
  file.split(sep).join('/'),
);
const textOf = (file: string) => readFileSync(file, 'utf8');
const withoutCode = (text: string) => text.replace(/^ *```[^]*?^ *```$/gm, '');

/** The anchors of a document, as GitHub makes them of its headings. */
function anchorsOf(file: string): readonly string[] {
  const headings = withoutCode(textOf(file)).matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function linksOf(file: string): readonly string[] {
  const links = withoutCode(textOf(file)).matchAll(/\]\((?!\w+:)([^)\s]+)\)/g);
  return [...links].map(([, link = '']) => link);
}

test('every link of the documents leads to a file, and to a heading of it', () => {
  assert.ok(documents.length > 20, documents.join());
  const dead = documents.flatMap((file) =>
    linksOf(file).filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? file : posix.join(posix.dirname(file), path);
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchorsOf(target).includes(anchor);
    }),
  );
  assert.deepEqual(dead, []);
});

test('every document that a comment of the code refers to is there, with its heading', () => {
  const sources = globSync('{common,producer,consumer,console,receiver,infra,bench,test}/**/*.ts');
  const references = sources.flatMap((file) =>
    [...textOf(file).matchAll(/@see (docs\/[\w./-]+\.md)(?:#([\w-]+))?/g)].map(
      ([, path = '', anchor]) => ({ file, path, anchor }),
    ),
  );
  assert.ok(references.length > 10, String(references.length));
  const dead = references.filter(({ path, anchor }) => {
    if (!existsSync(path)) return true;
    return anchor !== undefined && !anchorsOf(path).includes(anchor);
  });
  assert.deepEqual(dead, []);
});

test('every path that the documents name is there', () => {
  const PATH =
    /`((?:common|producer|consumer|console|receiver|infra|test|bench|examples|docs)\/[\w./-]*)`/g;
  // The list of changes may name files of the past.
  const current = documents.filter((file) => file !== 'CHANGELOG.md');
  const dead = current.flatMap((file) =>
    [...textOf(file).matchAll(PATH)]
      .map(([, path = '']) => path)
      .filter((path) => !existsSync(path))
      .map((path) => `${file}: ${path}`),
  );
  assert.deepEqual(dead, []);
});

test('every test that the documents name by its file name alone is there', () => {
  const names = new Set(
    globSync('**/*.test.ts', { exclude: ['node_modules'] }).map((file) => basename(file)),
  );
  const dead = documents.flatMap((file) =>
    [...textOf(file).matchAll(/`([\w-]+\.test\.ts)`/g)]
      .filter(([, name = '']) => !names.has(name))
      .map(([, name]) => `${file}: ${name}`),
  );
  assert.deepEqual(dead, []);
});

test('every script that the documents run is in package.json', () => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
  const dead = documents.flatMap((file) =>
    [...textOf(file).matchAll(/npm run (?:-s )?([\w:-]+)/g)]
      .filter(([, name = '']) => name !== 'x' && !(name in scripts))
      .map(([, name]) => `${file}: npm run ${name}`),
  );
  assert.deepEqual(dead, []);
});

test('docs/README.md leads to every document and decision', () => {
  const linked = linksOf('docs/README.md').map((link) =>
    posix.join('docs', link.split('#')[0] ?? ''),
  );
  const own = documents.filter((file) => file.startsWith('docs/') && file !== 'docs/README.md');
  assert.deepEqual(
    own.filter((file) => !linked.includes(file)),
    [],
  );
});

test('examples/README.md leads to every example', () => {
  const linked = linksOf('examples/README.md').map((link) => link.split('/')[0]);
  const own = globSync('*', { cwd: 'examples', exclude: ['README.md'] });
  assert.deepEqual(
    own.filter((name) => !linked.includes(name)),
    [],
  );
});

test('CHANGELOG.md begins with the version of package.json', () => {
  const { version } = JSON.parse(textOf('package.json')) as { version: string };
  const [, newest] = /^## \[(\d[^\]]*)\]/m.exec(textOf('CHANGELOG.md')) ?? [];
  assert.equal(newest, version);
});
