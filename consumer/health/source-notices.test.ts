import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Source } from '../../common/model/source.ts';
import type { SourceState } from '../../common/sources/sources.ts';
import { sourceNotices } from './source-notices.ts';

function noticesOf(states: Readonly<Record<string, SourceState>>, schemas: string[] = []) {
  return sourceNotices({
    schemasWaitedFor: () => schemas,
    all: () => Object.keys(states).map((topic) => ({ topic }) as Source),
    stateOf: (topic) => states[topic] ?? 'starting',
  });
}

test('a source that cannot be read is named with what to do, and one that is read is not', () => {
  assert.deepEqual(noticesOf({ a: 'reading', b: 'starting' }), []);
  const [alarm] = noticesOf({ a: 'reading', gone: 'missing', kept: 'forbidden' });
  assert.equal(alarm?.kind, 'source-unreadable');
  assert.match(alarm?.detail ?? '', /gone does not exist: create it/);
  assert.match(
    alarm?.detail ?? '',
    /ACL Read on Topic kept is missing .*--operation Read --topic kept/,
  );
});

test('a schema that records wait for is named with the reason', () => {
  const alarms = noticesOf({ a: 'reading' }, ['schema 7: the registry does not have it']);
  const detail = 'records wait for schema 7: the registry does not have it';
  assert.deepEqual(alarms, [{ kind: 'schema-unavailable', detail }]);
});
