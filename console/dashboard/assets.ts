import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const APP = join(import.meta.dirname, 'app');

/** Modules of packages: the name by which our modules import each, and its file. */
const LIBRARIES = [
  ['preact', import.meta.resolve('preact')],
  ['preact/hooks', import.meta.resolve('preact/hooks')],
  ['htm', import.meta.resolve('htm')],
  ['@preact/signals', import.meta.resolve('@preact/signals')],
  ['@preact/signals-core', import.meta.resolve('@preact/signals-core')],
  ['uplot', import.meta.resolve('uplot/dist/uPlot.esm.js')],
] as const;
const UPLOT_STYLE = import.meta.resolve('uplot/dist/uPlot.min.css');

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

interface Asset {
  readonly body: string;
  readonly contentType: string;
}

interface Dashboard {
  /** The page itself. */
  readonly index: string;
  /** Hash of the inline import map, as a Content-Security-Policy names it. */
  readonly importMapHash: string;
  /** Path before the names of the files. */
  readonly base: string;
  /** Files by their path after `base`. */
  readonly files: ReadonlyMap<string, Asset>;
}

/** Reads everything that the dashboard consists of: some 300 KB. */
export function loadDashboard(): Dashboard {
  const files = new Map<string, Asset>();
  const add = (name: string, path: string) => {
    const contentType = CONTENT_TYPES[extname(path)] ?? '';
    if (contentType) files.set(name, { body: readFileSync(path, 'utf8'), contentType });
  };
  for (const name of globSync('**/*.{js,css,svg}', { cwd: APP }).sort()) {
    add(name.split(sep).join('/'), join(APP, name));
  }
  const libraries = LIBRARIES.map(([name, url]) => [name, `lib/${name}.js`, url] as const);
  for (const [, path, url] of libraries) {
    files.set(path, {
      body: readFileSync(fileURLToPath(url), 'utf8'),
      contentType: CONTENT_TYPES['.js'] as string,
    });
  }
  add('lib/uplot.css', fileURLToPath(UPLOT_STYLE));

  const all = createHash('sha256');
  for (const [name, { body }] of files) all.update(`${name}\0${body}\0`);
  const base = `/dashboard/${all.digest('hex').slice(0, 16)}/`;
  const imports = Object.fromEntries(libraries.map(([name, path]) => [name, base + path]));
  const importMap = JSON.stringify({ imports });
  const importMapHash = `sha256-${createHash('sha256').update(importMap).digest('base64')}`;
  return {
    index: indexOf({ base, importMap, names: [...files.keys()] }),
    importMapHash,
    base,
    files,
  };
}

interface Index {
  readonly base: string;
  readonly importMap: string;
  readonly names: readonly string[];
}

/** Fills in the page; all modules are named in it, so that the browser fetches them at once. */
function indexOf({ base, importMap, names }: Index): string {
  const lines = (ending: string, line: (path: string) => string) =>
    names.filter((name) => name.endsWith(ending)).map((name) => line(base + name));
  const head = [
    ...lines('.css', (path) => `<link rel="stylesheet" href="${path}">`),
    `<script type="importmap">${importMap}</script>`,
    ...lines('.js', (path) => `<link rel="modulepreload" href="${path}">`),
    `<script type="module" src="${base}main.js"></script>`,
  ];
  const page = readFileSync(join(APP, 'index.html'), 'utf8');
  return page.replace('<!-- head -->', () => head.join('\n    '));
}
