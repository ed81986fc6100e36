import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';

interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Whether a process runs. A zombie, which only waits for its parent to look, does not. */
export function isRunning(pid: number): boolean {
  return allProcesses().some((one) => one.pid === pid);
}

/** The pids of all processes whose command line contains a text, our own left out. */
export function pidsWith(text: string): number[] {
  const others = allProcesses().filter(({ pid }) => pid !== process.pid);
  return others.filter(({ command }) => command.includes(text)).map(({ pid }) => pid);
}

/** The direct children of a process. */
export function childrenOf(parent: number): readonly RunningProcess[] {
  return allProcesses().filter((one) => one.parent === parent);
}

/** From /proc where there is one: small containers have no `ps`. Zombies are left out. */
function allProcesses(): RunningProcess[] {
  return existsSync('/proc/self/stat') ? fromProc() : fromPs();
}

function fromProc(): RunningProcess[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      // The name, in brackets, may contain anything; state and parent follow it.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) ?? '';
      const [state, parent, threads] = [0, 1, 17].map((field) => stat.split(' ')[field]);
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      // The first thread of a killed process may be a zombie while others still hold its sockets.
      return state === 'Z' && Number(threads) <= 1
        ? []
        : [{ pid: Number(pid), parent: Number(parent), command }];
    } catch {
      return []; // It has just ended.
    }
  });
}

/** The sockets that have a local port, and whose they are, for a message; Linux only. */
export function portHolders(port: number): string[] {
  if (!existsSync('/proc/net/tcp')) return ['unknown'];
  const lines = ['tcp', 'tcp6'].flatMap((name) =>
    readFileSync(`/proc/net/${name}`, 'utf8').split('\n').slice(1),
  );
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    if (parseInt(local.split(':')[1] ?? '', 16) !== port) return [];
    const owner = allProcesses().find(({ pid }) => openFiles(pid).includes(`socket:[${inode}]`));
    return [`port ${port}, state ${state}: ${owner ? `${owner.pid} ${owner.command}` : 'nobody'}`];
  });
}

function openFiles(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch {
    return []; // It has just ended, or is not ours to look into.
  }
}

function fromPs(): RunningProcess[] {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' });
  return text.split('\n').flatMap((line) => {
    const [, pid, parent, state, command = ''] =
      /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined || state?.startsWith('Z')) return [];
    return [{ pid: Number(pid), parent: Number(parent), command }];
  });
}
