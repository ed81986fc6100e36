import { access, link, lstat, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as yieldTurn } from 'node:timers/promises';
import type { DataDirs } from '../../common/config/data-dirs.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import { claimedName, rejectedCsvName } from '../../common/model/file-names.ts';

/** Error codes of a file system without hard links; the name is then taken by a rename. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** A working file of rejected rows, in `processing/`; hidden, so nobody takes it for a claim. */
export function rejectedName(fileId: string, owner: string): string {
  return `.${fileId}.${owner}.rejected`;
}

/**
 * Moves a finished file with all that belongs to it to `done/` or `failed/`. May be called again
 * after a crash at any point of it, and overwrites nothing.
 *
 * @param progress its last record; state `done` or `failed`
 */
export async function archive(progress: FileProgress, dirs: DataDirs): Promise<void> {
  const folder = progress.state === 'done' ? dirs.done : dirs.failed;
  const name = (await moveFile(progress, dirs, folder)) ?? (await nameIn(folder, progress));
  await putOutcome(progress, name, dirs);
}

/**
 * Puts the rejected rows of a finished file, and why it failed, into `done/` or `failed/`.
 *
 * @param name the name that these files begin with
 */
export async function putOutcome(
  progress: FileProgress,
  name: string,
  dirs: DataDirs,
): Promise<void> {
  const folder = progress.state === 'done' ? dirs.done : dirs.failed;
  const rejected = progress.resume?.rejectedFile;
  if (rejected) {
    const from = join(dirs.processing, rejected);
    await rename(from, join(folder, rejectedCsvName(name))).catch(ignoreMissing);
  }
  const report = errorReport(progress);
  if (report !== null) await writeFile(join(folder, `${name}.error.json`), report);
  await removeWorkingFiles(progress.id, dirs);
}

/** Why a file failed, as the text of its `.error.json`; null: it did not. */
export function errorReport(progress: FileProgress): string | null {
  const { id, name, object, state, error, rows, rejected, finishedAt } = progress;
  if (state !== 'failed' || !error) return null;
  const report = { file: name, object, id, ...error, rows, rejected, finishedAt };
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** @returns the name it has now, or null when it is no longer in `processing/` */
async function moveFile(
  { id, name }: FileProgress,
  dirs: DataDirs,
  folder: string,
): Promise<string | null> {
  const own = claimedName(id, name);
  const from = join(dirs.processing, own);
  if (!(await exists(from))) return null;
  if ((await isFree(folder, name)) && (await moveTo(from, join(folder, name)))) return name;
  await moveTo(from, join(folder, own));
  return own;
}

/** Moves unless the name is taken; two processes may do it at the same time. */
async function moveTo(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOENT') return true;
    if (code === 'EEXIST') {
      if (!(await isSameFile(from, to))) return false;
    } else if (NO_LINKS.has(code)) {
      if (await exists(to)) return false;
      await rename(from, to).catch(ignoreMissing);
      return true;
    } else throw error;
  }
  await rm(from, { force: true });
  return true;
}

/** The name under which a moved file lies there: its own unless that was taken. */
async function nameIn(folder: string, { id, name, error }: FileProgress): Promise<string> {
  const own = claimedName(id, name);
  // A file that vanished lies nowhere, and the name may be that of another one.
  if (error?.code === 'file_missing') return own;
  return (await exists(join(folder, own))) ? own : name;
}

/** A name is taken, too, when what belongs to an earlier file of that name is still there. */
async function isFree(folder: string, name: string): Promise<boolean> {
  const [rejected, report] = await Promise.all([
    exists(join(folder, rejectedCsvName(name))),
    exists(join(folder, `${name}.error.json`)),
  ]);
  return !rejected && !report;
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => lstat(path).catch(() => null)));
  return a === null || (b !== null && a?.ino === b?.ino && a?.dev === b?.dev);
}

async function removeWorkingFiles(fileId: string, { processing }: DataDirs): Promise<void> {
  const byFile = await workingFiles(processing);
  for (const name of byFile.get(fileId) ?? []) await rm(join(processing, name), { force: true });
}

type ByFile = ReadonlyMap<string, readonly string[]>;

/** By folder, the look at it that somebody waits for and that has not begun. */
const looks = new Map<string, Promise<ByFile>>();

/** Names by file id. Of many files that end together, one look at the folder serves all. */
function workingFiles(folder: string): Promise<ByFile> {
  const soon = looks.get(folder) ?? yieldTurn().then(() => lookForWorkingFiles(folder));
  looks.set(folder, soon);
  return soon;
}

async function lookForWorkingFiles(folder: string): Promise<ByFile> {
  looks.delete(folder);
  const byFile = new Map<string, string[]>();
  for (const name of await readdir(folder)) {
    const id = /^\.([^.]+)\./.exec(name)?.[1];
    if (id === undefined) continue;
    const names = byFile.get(id);
    if (names) names.push(name);
    else byFile.set(id, [name]);
  }
  return byFile;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
