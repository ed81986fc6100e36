import { effect, signal } from '@preact/signals';
import { apiKey, getJson, keyState, request } from './api.js';
import { eventParser } from './events.js';
import { pause } from './pause.js';

const RETRY_MS = 1_000;
/** A stream without a byte for so long is dead, though the connection may not know. */
const SILENT_MS_MAX = 30_000;

/** The state of the whole system, as `GET /status` has it; null until it is known. */
export const status = signal(null);
/** Why what is shown is not of now; null: it is. */
export const staleReason = signal(null);
/** The time, for texts such as "2 min ago". */
export const now = signal(Date.now());

setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1_000);

/** Follows the system while somebody looks at the page. */
export function followStatus() {
  let ending = new AbortController();
  const restart = () => {
    ending.abort();
    ending = new AbortController();
    if (!document.hidden && keyState.value === 'fine') void follow(ending.signal);
  };
  document.addEventListener('visibilitychange', restart);
  // Another key begins again; a key that is refused ends it.
  effect(() => {
    void apiKey.value;
    void keyState.value;
    restart();
  });
}

async function follow(ending) {
  while (!ending.aborted) {
    // Without a stream, as where too many have one, the status is requested again and again.
    await readStream(ending).catch(() => readOnce(ending));
    await pause(RETRY_MS, ending);
  }
}

async function readStream(ending) {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENT_MS_MAX);
  try {
    const either = AbortSignal.any([ending, silence.signal]);
    const answer = await request('/stream', { signal: either, timeoutMs: null });
    const parse = eventParser();
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENT_MS_MAX);
      for (const { type, data } of parse(read.value)) {
        if (type === 'status') show(JSON.parse(data));
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

async function readOnce(ending) {
  if (ending.aborted) return;
  try {
    show(await getJson('/status', { signal: ending }));
  } catch (error) {
    if (!ending.aborted) staleReason.value = error.message;
  }
}

function show(next) {
  status.value = next;
  staleReason.value = null;
}
