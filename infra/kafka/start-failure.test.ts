import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastErrors, saysListening, startFailure } from './start-failure.ts';

const rows: readonly [log: string, expected: string][] = [
  [
    'KafkaException: Failed to acquire lock on file .lock in /d/metadata. A Kafka instance in ' +
      'another process or thread is using this directory.',
    'folder-in-use',
  ],
  ['Socket server failed to bind to 127.0.0.1:9092: Address already in use.', 'port-taken'],
  ['[main] INFO Kafka Server started', 'other'],
  ['', 'other'],
];
for (const [log, expected] of rows) {
  test(`a log with ${JSON.stringify(log.slice(0, 40))} means ${expected}`, () => {
    assert.equal(startFailure(log), expected);
  });
}

test('what is shown of a log is its errors, and its end when it has none', () => {
  assert.equal(lastErrors('a INFO x\nb ERROR y\nc INFO z\n'), 'b ERROR y');
  assert.equal(lastErrors('a INFO x\n\nc INFO z\n'), 'a INFO x\nc INFO z');
});

test('a broker listens once it has said so itself, of that very port', () => {
  const line = (mark: string, port: number) =>
    `2026-01-01T00:00:00.000Z ${mark} [main] INFO kafka.network.DataPlaneAcceptor - ` +
    `Awaiting socket connections on 127.0.0.1:${port}.\n`;
  const log = line('other', 9092) + line('mine', 9093);
  assert.equal(saysListening(log, 'mine', '127.0.0.1:9093'), true);
  assert.equal(saysListening(log, 'mine', '127.0.0.1:9092'), false);
  assert.equal(saysListening(log, 'mine', '127.0.0.1:909'), false);
});
