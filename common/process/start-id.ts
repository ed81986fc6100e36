import { randomUUID } from 'node:crypto';

/**
 * Environment variable by which `npm start` tells a role to wait until Kafka runs: the data folder
 * then has a run file of this start, which says where Kafka is.
 */
export const AWAIT_START = 'AWAIT_START';
/** Environment variable by which `npm start` gives all of its roles the same id. */
export const START_ID = 'START_ID';
/** Header in which a role's `/ping` names the start that it belongs to. */
export const START_ID_HEADER = 'x-start-id';

/** An id for one start: what answers on a port with another one is somebody else's. */
export function newStartId(): string {
  return randomUUID();
}

/** Headers of `/ping`; none for a role that was started by itself. */
export function startIdHeaders(): Record<string, string> {
  const id = process.env[START_ID];
  return id ? { [START_ID_HEADER]: id } : {};
}
