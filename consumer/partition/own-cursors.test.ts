import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../common/base/logger.ts';
import { encodeCursorMark } from '../../common/kafka/positions/cursor-mark.ts';
import { isOfOtherSource } from '../log/log-id.ts';
import { ownCursors } from './own-cursors.ts';

const TOPIC_ID = 'a'.repeat(32);
const NOW = `${TOPIC_ID}00000002`;

function aCursor(endpoint: string, topicId: string | null) {
  const none = { done: [], retries: [], until: null, left: 1, sinceMs: 0, attemptsFromMs: 0 };
  const mark = { owner: 'hookline-consumer-1', countedTo: 7, ...none };
  const metadata = topicId === null ? '' : encodeCursorMark(7, { ...mark, topicId }).text;
  return { endpoint, topic: 'orders', partition: 0, offset: 7, metadata };
}

test('cursors of an earlier source are taken away, and a failure of that changes nothing', async () => {
  const before = aCursor('before', `${TOPIC_ID}00000001`);
  const others = [aCursor('now', NOW), aCursor('new', TOPIC_ID), aCursor('reset', null)];
  for (const fails of [false, true]) {
    const removed: string[] = [];
    const deps = {
      logs: { isOfOtherSource: (_topic: string, id: string) => isOfOtherSource(id, NOW) },
      logger: createLogger('test', 'silent'),
      cursors: {
        remove: (all: readonly { endpoint: string }[]) => {
          removed.push(...all.map(({ endpoint }) => endpoint));
          return fails ? Promise.reject(new Error('refused')) : Promise.resolve();
        },
      },
    };
    assert.deepEqual(await ownCursors(deps, [before, ...others]), others);
    assert.deepEqual(removed, ['before']);
  }
});
