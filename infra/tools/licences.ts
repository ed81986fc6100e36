/** The part of package-lock.json that names packages. */
export interface LockFile {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly version?: string;
        readonly license?: string;
        readonly dev?: boolean;
        readonly devOptional?: boolean;
      }
    >
  >;
}

/** A package that runs in production. */
export interface Licensed {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
}

const FOLDER = 'node_modules/';

/** Licences under which a package may be passed on with Hookline, which is under MIT itself. */
export const ALLOWED: ReadonlySet<string> = new Set([
  ...['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '0BSD', 'BlueOak-1.0.0'],
]);

/** Returns the packages that the image holds, each version once, by name. */
export function licensedPackages({ packages }: LockFile): readonly Licensed[] {
  const found = new Map<string, Licensed>();
  for (const [path, { version = '', license = 'none named', ...kind }] of Object.entries(
    packages,
  )) {
    if (path === '' || kind.dev || kind.devOptional) continue;
    const name = path.slice(path.lastIndexOf(FOLDER) + FOLDER.length);
    found.set(`${name}@${version}`, { name, version, licence: license });
  }
  const key = ({ name, version }: Licensed) => `${name}@${version}`;
  return [...found.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** The table of docs/supply-chain.md. */
export function licenceTable(all: readonly Licensed[]): string {
  const byLicence = Map.groupBy(all, ({ licence }) => licence);
  const rows = [...byLicence]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([licence, packages]) => {
      const names = packages.map(({ name, version }) => `${name} ${version}`);
      return `| ${licence} | ${packages.length} | ${names.join(', ')} |`;
    });
  return ['| licence | packages | which |', '|---|---|---|', ...rows].join('\n');
}
