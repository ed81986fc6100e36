import { fileKind } from './file-kinds.ts';

/** Longest file name that still leaves room for an id before it and an ending after it (255). */
const NAME_BYTES_MAX = 180;
const CLAIMED = /^([0-7][0-9A-HJKMNP-TV-Z]{25})-(.+)$/s;

/** The opposite of `claimedName`; null when the name was not made by it. */
export function parseClaimedName(claimed: string): { id: string; name: string } | null {
  const match = CLAIMED.exec(claimed);
  return match ? { id: match[1] as string, name: match[2] as string } : null;
}

/** Returns the name, shortened in the middle where it is too long to carry our additions. */
export function shortenName(name: string): string {
  if (Buffer.byteLength(name) <= NAME_BYTES_MAX) return name;
  const ending = /\.[^.]{1,16}(\.(gz|zst))?$/i.exec(name)?.[0] ?? '';
  const room = NAME_BYTES_MAX - Buffer.byteLength(ending);
  let kept = '';
  let bytes = 0;
  for (const character of name) {
    bytes += Buffer.byteLength(character);
    if (bytes > room) break;
    kept += character;
  }
  return kept + ending;
}

/**
 * A safe file name from what an uploader sent: no path, no dotfile, nothing a shell or another
 * system would stumble over.
 *
 * @returns null when it does not end like a file that is read
 */
export function cleanUploadName(sent: string): string | null {
  const last = sent.normalize('NFC').split(/[/\\]/).at(-1) as string;
  const safe = last.replaceAll(/[^\p{L}\p{M}\p{N}._ ()+@=-]+/gu, '_').trim();
  const name = shortenName(safe.replace(/^[. -]+/, ''));
  if (fileKind(name) === null) return fileKind(last) === null ? null : `upload.${name}`;
  // A file of this name would be taken for a file of rejected rows.
  return name.replace(/\.rejected\.csv$/i, '_rejected.csv');
}
