/** Parts of a process's client id. */
export interface ProcessName {
  /** Name of the instance, such as a container that is restarted under its name; '' for none. */
  readonly instance: string;
  /** Where process numbers mean the same: one boot of one machine, outside or in a container. */
  readonly space: string;
  readonly pid: number;
  /** When it was started, in a form that is only compared: numbers of processes come again. */
  readonly startedAt: string;
}

const NO_INSTANCE = '0';
/** Host name that Docker and Podman give a container by default. */
const CONTAINER_ID = /^[0-9a-f]{12}$/;
const PATTERN = /^hookline-[a-z]+-([0-9a-z]+)\.([0-9a-z]+)\.([0-9a-z]+)\.([0-9a-z]+)$/;

/** The client id of a process; no other process has the same, ever. */
export function formatClientId(role: string, name: ProcessName): string {
  const { instance, space, pid, startedAt } = name;
  return `hookline-${role}-${instance || NO_INSTANCE}.${space}.${pid.toString(36)}.${startedAt}`;
}

/** @returns null for a client id that says nothing of its process */
export function parseClientId(clientId: string): ProcessName | null {
  const [, instance = '', space = '', pid = '', startedAt = ''] = PATTERN.exec(clientId) ?? [];
  if (space === '') return null;
  const given = instance === NO_INSTANCE ? '' : instance;
  return { instance: given, space, pid: Number.parseInt(pid, 36), startedAt };
}

/**
 * The name that a container has by itself and that no other has at the same time; '' for none.
 *
 * @param host.isOwn the name belongs to the container, and not to the machine
 */
export function containerInstance(host: {
  readonly name: string;
  readonly isOwn: boolean;
}): string {
  if (!host.isOwn) return '';
  // With the machine's network a container is called like the machine, as are all others there; a
  // name that somebody has given may be that of all replicas, and a pod's that of a pod in another
  // cluster. That of its own id is not.
  return CONTAINER_ID.test(host.name) ? host.name : '';
}

/**
 * Whether a process is dead for certain, as far as we can know: it ran where we run and does so no
 * more, or we have been started in its place.
 *
 * @param startOf when the process of a number was started, here; null: there is none, '': there is
 *                one, of which no more is known
 */
export function isCertainlyDead(
  other: ProcessName,
  self: ProcessName,
  startOf: (pid: number) => string | null,
): boolean {
  if (other.space === self.space) {
    const start = startOf(other.pid);
    return start === null || (start !== '' && start !== other.startedAt);
  }
  // Two processes that run at once have different instance names.
  return other.instance !== '' && other.instance === self.instance;
}
