const ACCESS_MODE = 0o3;
const READ_ONLY = 0;

/**
 * Whether an open file may be written through, from the text of `/proc/PID/fdinfo/FD`.
 *
 * @returns false also for text without flags: then the descriptor has just been closed
 * @see proc_pid_fdinfo(5): `flags` is octal and holds the access mode in its lowest two bits
 */
export function isOpenForWriting(fdinfo: string): boolean {
  const flags = /^flags:\s*([0-7]+)$/m.exec(fdinfo)?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & ACCESS_MODE) !== READ_ONLY;
}
