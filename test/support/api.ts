import { createPublisher } from '../../common/kafka/publisher.ts';
import { partitionOf } from '../../common/kafka/partitioner.ts';
import { createLogger } from '../../common/logger.ts';
import type { Subscription } from '../../common/subscription.ts';
import { freePort } from '../../infra/ports.ts';
import type { DeliverySystem, RunningRole } from './delivery.ts';
import { until } from './until.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look at what they expect
  readonly json: any;
}

export interface TestApi {
  readonly role: RunningRole;
  readonly url: string;
  /** A body that is no text is sent as JSON. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<ApiAnswer>;
}

/** Starts a producer and waits until it answers. */
export async function startApi(
  system: DeliverySystem,
  env: Record<string, string> = {},
): Promise<TestApi> {
  const port = await freePort('127.0.0.1');
  const role = system.start('producer', { PORT: String(port), ...env });
  const url = `http://127.0.0.1:${port}`;
  const answers = () =>
    fetch(`${url}/ping`, { signal: AbortSignal.timeout(2_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(answers, { describe: role.output });
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await answer.text();
    const isJson = /^application\/([a-z]+\+)?json/.test(answer.headers.get('content-type') ?? '');
    const json = isJson ? JSON.parse(text) : null;
    return { status: answer.status, headers: answer.headers, text, json };
  };
  return { role, url, post };
}

/** Writes subscriptions to the topic, as the console does; their target is the test's receiver. */
export async function subscribe(
  { kafka, names, config, receiver }: DeliverySystem,
  all: readonly (Partial<Subscription> & { readonly id: string })[],
): Promise<void> {
  const publisher = createPublisher({ kafka, logger: createLogger('test', 'silent') });
  const written = all.map((given) => {
    const subscription: Subscription = {
      targetUrl: `${receiver.url}/${given.id}`,
      eventTypes: [],
      rateLimit: null,
      ordering: null,
      headers: {},
      description: '',
      state: 'enabled',
      disabledReason: null,
      failing: null,
      signatures: ['v1'],
      secrets: [],
      createdAt: 0,
      updatedAt: 0,
      ...given,
    };
    const key = given.id;
    const record = { key, value: JSON.stringify(subscription), headers: {} };
    const partition = partitionOf(key, config.PARTITIONS);
    return publisher.publish({ topic: names.subscriptions, partition, ...record }, 30_000);
  });
  await Promise.all(written);
  await publisher.close();
}
