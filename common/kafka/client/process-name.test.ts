import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  containerInstance,
  formatClientId,
  isCertainlyDead,
  parseClientId,
} from './process-name.ts';
import type { ProcessName } from './process-name.ts';

const self: ProcessName = { instance: 'aa11', space: 'bb22', pid: 4_711, startedAt: '9z' };
const running = new Map([
  [4_711, '9z'],
  [12, '3k'],
  [14, ''],
]);
const startOf = (pid: number) => running.get(pid) ?? null;

test('a client id says again what it was made of, with an instance name and without', () => {
  for (const name of [self, { ...self, instance: '' }]) {
    const clientId = formatClientId('consumer', name);
    assert.match(clientId, /^[A-Za-z0-9._-]+$/);
    assert.deepEqual(parseClientId(clientId), name);
  }
});

test('a client id of another form says nothing', () => {
  for (const clientId of ['', 'kafkajs', 'hookline-consumer-0a1b2c3d', 'hookline-reset']) {
    assert.equal(parseClientId(clientId), null);
  }
});

const rows: readonly [title: string, other: Partial<ProcessName>, isDead: boolean][] = [
  ['one of this machine that runs is alive', { pid: 12, startedAt: '3k' }, false],
  ['one of this machine that runs is alive, also under our instance', self, false],
  ['one of this machine that runs no more is dead', { pid: 13, instance: '' }, true],
  ['one whose number another process has by now is dead', { pid: 12, startedAt: '3j' }, true],
  ['one whose number is in use by who knows whom may be alive', { pid: 14 }, false],
  ['one of elsewhere under our instance name is what we replace', { space: 'cc33' }, true],
  ['one of elsewhere under another name may be alive', { space: 'cc33', instance: 'dd' }, false],
  ['one of elsewhere without a name may be alive', { space: 'cc33', instance: '' }, false],
];
for (const [title, other, isDead] of rows) {
  test(title, () => {
    assert.equal(isCertainlyDead({ ...self, ...other }, self, startOf), isDead);
  });
}

test('without a name of our own none of elsewhere is replaced', () => {
  const nameless = { ...self, instance: '' };
  const other = { ...self, instance: '', space: 'cc33' };
  assert.equal(isCertainlyDead(other, nameless, startOf), false);
});

const hosts: readonly [
  title: string,
  host: Parameters<typeof containerInstance>[0],
  isName: boolean,
][] = [
  ['a container', { name: '0a1b2c3d4e5f', isOwn: true }, true],
  ['a pod of a StatefulSet', { name: 'consumer-0', isOwn: true }, false],
  ['a machine', { name: '0a1b2c3d4e5f', isOwn: false }, false],
  ['a pod with the name of its machine', { name: 'node-7', isOwn: false }, false],
  ['a container called like its machine', { name: 'vm', isOwn: true }, false],
];
for (const [title, host, isName] of hosts) {
  test(`${title} has ${isName ? 'a' : 'no'} name of its own`, () => {
    assert.equal(containerInstance(host), isName ? host.name : '');
  });
}
