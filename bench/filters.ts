// Processor time for finding who gets an event among 1,000 subscriptions, with a filter of its own
// each and without filters, in turns; it needs no Kafka:
//   node bench/filters.ts [--subscriptions 1000] [--records 2000] [--rounds 5]
import { formatTable } from '../common/cli/table.ts';
import type { LogRecord } from '../common/kafka/log-record.ts';
import { parseDelivery } from '../common/model/delivery.ts';
import type { Subscription } from '../common/model/subscription.ts';
import { UNCHANGED } from '../common/subscriptions/default-endpoint.ts';
import { Recipients, addressedTo } from '../common/subscriptions/fan-out.ts';
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

/** Filters by their kind; a tenth of the subscriptions takes an event, or as the name says. */
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
  'number, takes all': (n) => ({ body: { order: { amount: [{ numeric: ['>=', -n] }] } } }),
  'string and user, takes all': (n) => ({
    body: { order: { status: ['paid', `only-${n}`] } },
    user: [{ prefix: 'user-' }, `only-${n}`],
  }),
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

/** @param isMade whether the deliveries are made, too. @returns CPU µs an event */
function microsFor(recipients: Recipients, isMade: boolean): number {
  const before = process.cpuUsage();
  for (const event of events) {
    const ids = recipients.of(event);
    if (isMade) for (const id of ids) parseDelivery(addressedTo(id, event));
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / events.length;
}

const kinds = Object.entries(KINDS).map(([name, filterFor]) => ({
  ...{ name, recipients: recipientsOf(filterFor) },
  ...{ found: [] as number[], made: [] as number[] },
}));
// The first round compiles.
for (let round = 0; round <= rounds; round += 1) {
  for (const { recipients, found, made } of kinds) {
    const micros = [microsFor(recipients, false), microsFor(recipients, true)] as const;
    if (round === 0) continue;
    found.push(micros[0]);
    made.push(micros[1]);
  }
}
const [bare] = kinds;
const rows = kinds.map(({ name, found, made }) => {
  const [finds, makes] = [quantile(found, 0.5), quantile(made, 0.5)];
  const ratios = [
    finds / quantile(bare?.found ?? [], 0.5),
    makes / quantile(bare?.made ?? [], 0.5),
  ];
  return [
    name,
    ...[finds, makes].map((micros) => micros.toFixed(0)),
    ...ratios.map((one) => one.toFixed(2)),
  ];
});
const head = [
  'filters',
  'found, CPU µs an event',
  'made, CPU µs an event',
  'found, ratio',
  'made, ratio',
];
console.log(formatTable(head, rows));
