import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { isRunning } from '../../base/is-running.ts';
import { containerInstance, formatClientId } from './process-name.ts';
import type { ProcessName } from './process-name.ts';

/** Linux gives the machine's own namespace of host names this number. */
const HOST_UTS = 'uts:[4026531838]';
/** Index of the start time in /proc/PID/stat, counted behind the name: see proc(5). */
const START_FIELD = 19;

/**
 * This process among all that ever use the cluster.
 *
 * @param instanceName INSTANCE_NAME; empty: in a container with a host name of its own, that one
 */
export function ownProcess(instanceName: string): ProcessName {
  return {
    instance: hash(instanceName || containerName()),
    space: SPACE,
    pid: process.pid,
    startedAt: STARTED_AT,
  };
}

/** The client id of this process, which tells its successor whether it still runs. */
export function ownClientId(role: string, instanceName: string): string {
  return formatClientId(role, ownProcess(instanceName));
}

/**
 * When a process was started, in ticks since the machine was.
 *
 * @returns null where none runs; '' where one runs of which we may know no more
 */
export function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended, and waits only for its parent to hear of it.
    if (fields[0] === 'Z') return null;
    return Number(fields[START_FIELD]).toString(36);
  } catch {
    // Another user's process may be hidden from us there.
    return isRunning(pid) ? '' : null;
  }
}

/** Without /proc there is no process namespace to compare, and no process counts as dead. */
function ownSpace(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
    return boot + readlinkSync('/proc/self/ns/pid');
  } catch {
    return randomBytes(16).toString('hex');
  }
}

function containerName(): string {
  try {
    const isOwn = readlinkSync('/proc/self/ns/uts') !== HOST_UTS;
    return containerInstance({ name: hostname(), isOwn });
  } catch {
    return '';
  }
}

const SPACE = hash(ownSpace());
const STARTED_AT = startOf(process.pid) || randomBytes(4).toString('hex');

/** Short, as client ids are shown to people. */
function hash(text: string): string {
  return text === '' ? '' : createHash('sha256').update(text).digest('hex').slice(0, 8);
}
