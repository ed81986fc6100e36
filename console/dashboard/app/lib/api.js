import { signal } from '@preact/signals';
import { hashOf } from './hash.js';

const KEY_NAME = 'hookline-key';
const TIMEOUT_MS = 30_000;

/** The API key of this tab, and whether the API wants one. */
export const apiKey = signal(sessionStorage.getItem(KEY_NAME));
/** @type {import('@preact/signals').Signal<'fine' | 'missing' | 'refused'>} */
export const keyState = signal('fine');

export function useKey(key) {
  sessionStorage.setItem(KEY_NAME, key);
  keyState.value = 'fine';
  apiKey.value = key;
}

/** An answer that is none of success, or no answer. */
export class ApiError extends Error {
  /**
   * @param {number} status 0: no answer
   * @param {{ detail?: string, title?: string, errors?: object[], request_id?: string }} problem
   */
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `The API answers ${status}`);
    this.name = 'ApiError';
    this.status = status;
    this.fields = problem.errors ?? [];
    this.requestId = problem.request_id ?? null;
  }
}

export function authorization() {
  return apiKey.value ? { authorization: `Bearer ${apiKey.value}` } : {};
}

/**
 * Sends a request to the API.
 *
 * @typedef {{ method?: string, json?: unknown, text?: string, signal?: AbortSignal, timeoutMs?: number | null }} How
 *   `text`: a body that is JSON already; `timeoutMs` null: as long as it takes
 * @param {string} path
 * @param {How} [how]
 * @throws {ApiError}
 */
export async function request(path, how = {}) {
  const { method = 'GET', json, signal: given, timeoutMs } = how;
  const body = how.text ?? (json === undefined ? undefined : JSON.stringify(json));
  const limit = timeoutMs === null ? [] : [AbortSignal.timeout(timeoutMs ?? TIMEOUT_MS)];
  const init = {
    method,
    headers: {
      ...authorization(),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    signal: AbortSignal.any([...limit, ...(given ? [given] : [])]),
    ...(body !== undefined && { body }),
  };
  const answer = await fetch(path, init).catch((error) => {
    if (given?.aborted) throw error;
    throw new ApiError(0, { detail: noAnswer(error) });
  });
  if (answer.status === 401) keyState.value = apiKey.value === null ? 'missing' : 'refused';
  if (answer.ok) return answer;
  throw new ApiError(answer.status, await problemOf(answer));
}

/** @param {string} path @param {How} [how] @throws {ApiError} */
export async function getJson(path, how) {
  return (await request(path, how)).json();
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [json] the body
 * @param {How} [how]
 * @returns the answer, or null where it has no body
 * @throws {ApiError}
 */
export async function sendJson(method, path, json, how = {}) {
  const answer = await request(path, { method, json, ...how });
  return answer.status === 204 ? null : answer.json();
}

/** A path of the API; each part is encoded, empty values of the query are left out. */
export function apiPath(parts, query = {}) {
  return hashOf(parts, query).slice(1);
}

function noAnswer(error) {
  return error.name === 'TimeoutError'
    ? 'No answer in time; try again'
    : 'No answer from Hookline; is it running, and is the network up?';
}

async function problemOf(answer) {
  const text = await answer.text().catch(() => '');
  try {
    return JSON.parse(text);
  } catch {
    return { detail: `The API answers ${answer.status}` };
  }
}
