import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';

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
      const [state, parent] = stat.split(' ');
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return state === 'Z' ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
    } catch {
      return []; // It has just ended.
    }
  });
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
