import { computed } from '@preact/signals';
import { keyState } from '../lib/api.js';
import { status } from '../lib/live.js';

/** What a person must know first, and what to do about it. */
export const headline = computed(() => {
  const now = status.value;
  if (keyState.value !== 'fine') return { state: 'starting', text: 'Asks for a key', actions: [] };
  if (now === null) return { state: 'starting', text: 'Connecting…', actions: [] };
  const { state, headline: text, actions } = now.summary;
  return { state, text, actions };
});
