// Goal: while the broker is away the API says so in time and accepts nothing; what it accepted
// before is there, and when the broker is back it accepts again by itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canEmbedHere } from '../../../infra/kafka/find.ts';
import { startApi } from '../../support/api.ts';
import type { ApiAnswer } from '../../support/api.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import { ownBroker } from '../../support/own-broker.ts';
import { until } from '../../support/until.ts';

const skip = (await canEmbedHere(process.env)) ? false : 'needs Java 17 or newer and Maven';
const SENDERS = 20;
/** A write is tried for 5 s; the rest is for a machine that is busy. */
const ANSWER_MS_MAX = 12_000;
/** One with a key may first wait 20 s for what becomes of an earlier claim, and writes its own. */
const KEYED_ANSWER_MS_MAX = 36_000;

test(
  'deliveries by HTTP through a broker that goes and comes back',
  { timeout: 180_000, skip },
  async (t) => {
    const broker = await ownBroker(t);
    const system = await aDeliverySystem(t, { KAFKA_BROKERS: broker.address, PARTITIONS: '3' });
    const { post, url, role } = await startApi(system);
    let isSending = true;
    const slowestMs = { plain: 0, keyed: 0 };
    const refused: ApiAnswer[] = [];
    const accepted = new Map<string, number>();
    let next = 0;

    /** Sends one under a key of its own, until it is accepted. */
    const sendOne = async (n: number) => {
      const key = n % 2 === 0 ? { 'idempotency-key': `n-${n}` } : undefined;
      for (;;) {
        const startedAt = performance.now();
        const answer = await post('/send', { user_id: `u${n % 50}`, data: n }, key);
        const tookMs = Math.round(performance.now() - startedAt);
        const kind = key ? 'keyed' : 'plain';
        slowestMs[kind] = Math.max(slowestMs[kind], tookMs);
        if (answer.status === 202) return void accepted.set(answer.json.id, n);
        refused.push(answer);
      }
    };
    const sender = async () => {
      while (isSending) await sendOne((next += 1));
    };
    const sending = Promise.all(Array.from({ length: SENDERS }, sender));
    await until(() => accepted.size > 200, { describe: role.output });

    await broker.end('kill');
    const line = JSON.stringify({ user_id: 'u1', data: 1 });
    const batch = await post('/send/batch', `${line}\n${line}`);
    assert.equal(batch.status, 207);
    for (const text of batch.text.trimEnd().split('\n')) assert.equal(JSON.parse(text).status, 503);
    await until(() => refused.length >= SENDERS, { describe: () => refused.length });
    const ready = async () => {
      const signal = AbortSignal.timeout(30_000);
      return (await fetch(`${url}/health/ready`, { signal })).status;
    };
    await until(async () => (await ready()) === 503);

    const before = accepted.size;
    await broker.start();
    await until(() => accepted.size > before + 200, { timeoutMs: 60_000, describe: role.output });
    await until(async () => (await ready()) === 200);
    isSending = false;
    await sending;

    const records = await system.records(system.names.deliveries);
    const ids = new Set(records.map(({ headers }) => headers['webhook-id']));
    const lost = [...accepted.keys()].filter((id) => !ids.has(id));
    const { plain, keyed } = slowestMs;
    const refusals = `${refused.length} refused, slowest after ${plain} ms, with a key ${keyed} ms`;
    t.diagnostic(`${accepted.size} accepted, ${records.length} records, ${refusals}`);
    assert.deepEqual(lost, []);
    assert.equal(accepted.size, next, 'each in the end, and no id twice');
    assert.ok(plain < ANSWER_MS_MAX, `${plain} ms`);
    assert.ok(keyed < KEYED_ANSWER_MS_MAX, `${keyed} ms with a key`);
    for (const { status, headers, json, text } of refused) {
      assert.equal(status, 503, text);
      assert.ok(Number(headers.get('retry-after')) > 0);
      assert.equal(json.type, 'urn:hookline:problem:broker-unavailable');
    }
  },
);
