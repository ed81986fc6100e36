// Processor time for finding who gets an event among 1,000 subscriptions, with a filter of its own
// each and without filters, in turns; it needs no Kafka:
//   node bench/filters.ts [--subscriptions 1000] [--records 2000] [--rounds 5]
import { formatTable } from '../common/cli/table.ts';
import type { LogRecord } from '../common/kafka/log-record.ts';
import type { Subscription } from '../common/model/subscription.ts';
import { UNCHANGED } from '../common/subscriptions/default-endpoint.ts';
import { Recipients } from '../common/subscriptions/fan-out.ts';
import { countOption, optionsOrExit } from './options.ts';
import { quantile } from './statistics.ts';

const {
  subscriptions = 1_000,
  records = 2_000,
  rounds = 5,
} = optionsOrExit({
  script: 'bench/filters.ts',
  summary: 'Measures what filters cost an event, beside the same subscriptions without filters.',
  examples: [['', 'a thousand subscriptions']],
  options: {
    subscriptions: countOption('how many take the type of the event'),
    records: countOption('events of a round'),
    rounds: countOption('how often each kind is measured'),
  },
});

/** Filters by their kind; a tenth of the subscriptions takes each event. */
const KINDS: Readonly<Record<string, ((n: number) => object) | null>> = {
  'no filter': null,
  'one string of the body': (n) => ({ body: { tenant: [`tenant-${n % 10}`, `only-${n}`] } }),
  'two fields and a number': (n) => ({
    body: {
      order: { status: [{ prefix: 'pa' }], amount: [{ numeric: ['>', n % 500] }] },
      tenant: [`tenant-${n % 10}`],
    },
  }),
  'header and user': (n) => ({
    headers: { 'event-type': [{ prefix: 'order.' }] },
    user: [{ suffix: `-${n % 10}` }, `user-${n}`],
  }),
  'the same filter in all': () => ({ body: { tenant: ['tenant-1'] } }),
};

function recipientsOf(filterFor: ((n: number) => object) | null): Recipients {
  const all = Array.from({ length: subscriptions }, (_, n) => {
    const filter = filterFor && JSON.stringify(filterFor(n));
    const id = `sub_${n}`;
    return [id, { id, eventTypes: [], state: 'enabled', begins: null, filter }] as const;
  });
  const byId = new Map(all) as unknown as Map<string, Subscription>;
  const table = {
    get: (id: string) => byId.get(id),
    entries: () => byId.entries(),
    onChange: () => {},
    defaultEndpoint: () => UNCHANGED,
  };
  return new Recipients(table, () => 'topic-id');
}

const padding = 'x'.repeat(400);
const events = Array.from({ length: records }, (_, n): LogRecord => {
  const order = { id: n, status: 'paid', amount: n, lines: [{ sku: 'a', qty: 1 }], padding };
  return {
    ...{ topic: 'deliveries', partition: 0, offset: n, key: `user-${n % 10}`, timestampMs: 0 },
    headers: { 'webhook-id': `e${n}`, 'event-type': 'order.paid', 'wh-fan-out': '1' },
    value: Buffer.from(JSON.stringify({ tenant: `tenant-${n % 10}`, order })),
  };
});

/** Processor time of an event, µs. */
function microsFor(recipients: Recipients): number {
  const before = process.cpuUsage();
  for (const event of events) recipients.of(event);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / events.length;
}

const kinds = Object.entries(KINDS).map(([name, filterFor]) => ({
  ...{ name, recipients: recipientsOf(filterFor), all: [] as number[] },
}));
// The first round compiles.
for (let round = 0; round <= rounds; round += 1) {
  for (const { recipients, all } of kinds) {
    const micros = microsFor(recipients);
    if (round > 0) all.push(micros);
  }
}
const bare = quantile(kinds[0]?.all ?? [], 0.5);
const rows = kinds.map(({ name, all }) => {
  const micros = quantile(all, 0.5);
  return [name, micros.toFixed(1), (micros / bare).toFixed(2)];
});
console.log(formatTable(['filters', 'CPU µs an event', 'ratio'], rows));
