import { editDistance } from '../base/edit-distance.ts';

/** Names as short as HOST and PORT are near to words that other software uses, such as POST. */
const LENGTH_MIN = 6;

/** Names that other software reads, and that are near to a setting of ours. */
const FOREIGN_NAMES = new Set(['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']);

/**
 * Finds variables that are probably misspelt settings: in capitals the name is at most one edit
 * away from a setting of six letters or more, and that setting itself is not in the environment.
 * A user who has such a variable for something else sets ours as well, even as empty.
 *
 * @returns a problem for each
 */
export function misspeltSettings(
  env: Readonly<Record<string, string | undefined>>,
  settings: readonly string[],
): string[] {
  const known = new Set(settings);
  const candidates = settings.filter((name) => name.length >= LENGTH_MIN && !(name in env));
  return Object.keys(env).flatMap((name) => {
    if (known.has(name) || FOREIGN_NAMES.has(name.toUpperCase())) return [];
    const meant = candidates.find((one) => isNear(name.toUpperCase(), one));
    if (meant === undefined) return [];
    return [`${name}: there is no such setting; did you mean ${meant}? (or set ${meant} as well)`];
  });
}

function isNear(name: string, setting: string): boolean {
  // The environment may hold hundreds of names: most are told apart by their length.
  return Math.abs(name.length - setting.length) <= 1 && editDistance(name, setting) <= 1;
}
