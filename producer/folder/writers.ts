import { readdir } from 'node:fs/promises';
import { readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { setImmediate as yieldTurn } from 'node:timers/promises';
import { isOpenForWriting } from './open-mode.ts';

/** Device and inode of a file, as one text. */
export const inodeOf = ({ dev, ino }: { dev: number; ino: number }) => `${dev}:${ino}`;

/**
 * Which of some files a process of this machine has open for writing; one walk over `/proc`
 * answers for all of them. Processes of other users, PID namespaces and machines cannot be seen,
 * and other systems than Linux have no `/proc`: there the resting time alone must do.
 *
 * @param inodes files as given by `inodeOf`
 */
export async function findOpenForWriting(
  inodes: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const written = new Set<string>();
  if (inodes.size === 0) return written;
  const entries = await readdir('/proc').catch(() => []);
  for (const pid of entries) {
    if (!/^\d+$/.test(pid)) continue;
    searchProcess(pid, inodes, written);
    // The calls are synchronous, as that is ten times as quick, so others get their turn here.
    await yieldTurn();
  }
  return written;
}

function searchProcess(pid: string, inodes: ReadonlySet<string>, written: Set<string>): void {
  for (const fd of openDescriptors(pid)) {
    const path = `/proc/${pid}/fd/${fd}`;
    try {
      // Sockets, pipes and devices are most of them, and none is a file of ours.
      const target = readlinkSync(path);
      if (!target.startsWith('/') || target.startsWith('/dev/')) continue;
      const inode = inodeOf(statSync(path));
      if (!inodes.has(inode) || written.has(inode)) continue;
      if (isOpenForWriting(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1'))) written.add(inode);
    } catch {
      // Closed in the meantime.
    }
  }
}

function openDescriptors(pid: string): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`);
  } catch {
    // The process has ended, or belongs to someone else.
    return [];
  }
}
