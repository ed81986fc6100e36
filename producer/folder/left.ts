import type { LeftCode } from '../../common/model/inbox-state.ts';
import { ENDINGS_TEXT, fileKind } from '../file/file-kinds.ts';

/** Type of an entry of a folder. */
export type EntryType = 'file' | 'folder' | 'link' | 'other';

/** Why an entry is left where it is. */
export interface LeftReason {
  readonly code: LeftCode;
  readonly message: string;
}

/**
 * Added to a file's name, the name of what a tool keeps beside it while it downloads it under its
 * final name: aria2 (and its next version of it), lftp's `pget`, axel.
 */
const CONTROL_ENDINGS = ['.aria2', '.aria2__temp', '.lftp-pget-status', '.st'];

const NO_FILE: Readonly<Record<Exclude<EntryType, 'file'>, string>> = {
  folder: 'a folder; only what lies in the inbox itself is read',
  link: 'a symbolic link; put the file itself here',
  other: 'a pipe, socket or device',
};

/** Why an entry can never be taken under its name; null when it may be. */
export function whyNeverTaken(name: string, type: EntryType): LeftReason | null {
  if (name.startsWith('.')) {
    return { code: 'hidden', message: 'a hidden name, as tools give to what they still write' };
  }
  if (type !== 'file') return { code: 'not_a_file', message: NO_FILE[type] };
  if (/\.rejected\.csv$/i.test(name)) {
    const message = 'the name of a list of rejected rows; rename it to have it read';
    return { code: 'rejected_rows', message };
  }
  if (fileKind(name) !== null) return null;
  return { code: 'other_ending', message: `only ${ENDINGS_TEXT} is read` };
}

/** Why a file may not be taken yet, going by what lies beside it. */
export function whyDownloading(name: string, all: ReadonlySet<string>): LeftReason | null {
  const control = CONTROL_ENDINGS.map((ending) => name + ending).find((one) => all.has(one));
  if (control === undefined) return null;
  return { code: 'control_file', message: `${control} says that its download has not ended` };
}
