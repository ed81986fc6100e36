// Goal: while events are accepted the broker is killed again and again. Whatever was accepted is
// there for all subscriptions, under one id each. EVENT_STOPS says how often.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { canEmbedHere } from '../../../infra/kafka/find.ts';
import { startApi } from '../../support/api.ts';
import { startConsole } from '../../support/console.ts';
import { aDeliverySystem, untilDrained } from '../../support/delivery.ts';
import { ownBroker } from '../../support/own-broker.ts';
import { aTarget } from '../../support/target.ts';
import { until } from '../../support/until.ts';

const skip = (await canEmbedHere(process.env)) ? false : 'needs Java 17 or newer and Maven';
const STOPS = Number(process.env['EVENT_STOPS'] ?? 1);
const SENDERS = 8;
const SUBSCRIPTIONS = 5;
const PER_SPELL = 100;

test(
  'events through a broker that is killed again and again come to all subscriptions or to none',
  { timeout: 60_000 + STOPS * 60_000, skip },
  async (t) => {
    const broker = await ownBroker(t);
    const env = { KAFKA_BROKERS: broker.address, PARTITIONS: '3', ALLOW_TARGETS: '127.0.0.0/8' };
    const system = await aDeliverySystem(t, env);
    const { received, url } = await aTarget(t);
    system.start('consumer');
    const [{ ask }, { post, role }] = await Promise.all([startConsole(system), startApi(system)]);
    for (let n = 0; n < SUBSCRIPTIONS; n += 1) {
      const asked = { target_url: `${url}/${n}`, event_types: ['order.made'] };
      assert.equal((await ask('POST', '/subscriptions', asked)).status, 201);
    }
    let isSending = true;
    let [next, refused] = [0, 0];
    const accepted = new Map<number, string>();
    const sendOne = async (n: number) => {
      const event = { type: 'order.made', user_id: `u${n % 50}`, data: { n } };
      for (;;) {
        const { status, json } = await post('/events', event, { 'idempotency-key': `n-${n}` });
        if (status === 202) return void accepted.set(n, json.id);
        refused += 1;
      }
    };
    const sender = async () => {
      while (isSending) await sendOne((next += 1));
    };
    const sending = Promise.all(Array.from({ length: SENDERS }, sender));
    const goesOn = async () => {
      const before = accepted.size;
      const describe = () => [accepted.size, refused, role.output()];
      await until(() => accepted.size >= before + PER_SPELL, { timeoutMs: 60_000, describe });
    };
    await goesOn();
    for (let stop = 0; stop < STOPS; stop += 1) {
      // At another point of what is under way each time.
      await sleep(stop * 7);
      await broker.end('kill');
      await broker.start();
      await goesOn();
    }
    isSending = false;
    await sending;
    await untilDrained(system);

    const idsByName = new Map<string, Set<string>>();
    for (const { path, body, headers } of received) {
      const name = `${path} ${(JSON.parse(body) as { n: number }).n}`;
      idsByName.set(name, (idsByName.get(name) ?? new Set()).add(String(headers['webhook-id'])));
    }
    t.diagnostic(
      `${STOPS} stops: ${accepted.size} events accepted, ${refused} refused and sent again; ` +
        `${idsByName.size} deliveries, ${received.length - idsByName.size} of them repeated`,
    );
    assert.equal(accepted.size, next);
    assert.equal(idsByName.size, next * SUBSCRIPTIONS, 'each event to each subscription');
    const [torn] = [...idsByName].filter(([, ids]) => ids.size > 1);
    assert.equal(torn, undefined, 'under one id');
    for (const [name, ids] of idsByName) {
      const id = accepted.get(Number(name.split(' ')[1]));
      assert.ok([...ids][0]?.startsWith(`${id}-sub_`), name);
    }
  },
);
