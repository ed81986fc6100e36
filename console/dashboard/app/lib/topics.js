// What is said of topics and records. Pure.

import { durationText } from './endpoints.js';

const LANES = /\.deliveries(-bulk)?$/;

/** The topics of first attempts, among others. */
export function lanesOf(topics) {
  return topics.filter((topic) => LANES.test(topic));
}

/** Name of a topic with what it holds, where that is known. */
export function topicText(topic) {
  const [, delayMs] = /\.deliveries-retry-(\d+)$/.exec(topic) ?? [];
  if (delayMs) return `Attempts that wait ${durationText(Number(delayMs))} (${topic})`;
  if (!LANES.test(topic)) return topic;
  return topic.endsWith('-bulk')
    ? `Files, replays and redrives (${topic})`
    : `What the API has accepted (${topic})`;
}

/** Offsets between the committed one and the end; null: nobody commits there. */
export function lagOf({ partitions }) {
  const known = partitions.filter(({ committed }) => committed !== null);
  if (known.length === 0) return null;
  return known.reduce((sum, { committed, end }) => sum + Math.max(0, end - committed), 0);
}

/** The consumers that have partitions of a topic. */
export function ownersOf({ partitions }) {
  return [...new Set(partitions.map(({ owner }) => owner).filter((owner) => owner !== null))];
}

/** Numbers of the partitions that have offsets in the log. */
export function filledOf(partitions) {
  return partitions.filter(({ start, end }) => end > start).map(({ partition }) => partition);
}

/** Bytes of a record's value, however the answer carries them; null: there is none. */
export function valueOf({ value, value_base64: base64 }) {
  if (base64 !== null) return Uint8Array.from(atob(base64), (one) => one.codePointAt(0));
  return value === null ? null : new TextEncoder().encode(value);
}
