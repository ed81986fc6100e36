import { z } from 'zod';
import { count, idParam, json, keyProblems, time } from '../../common/http/describe.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { route } from '../../common/http/route.ts';
import type { UserKeys } from '../../common/user-keys/user-keys.ts';
import { eraseUser } from './erase-user.ts';
import type { EraseDeps } from './erase-user.ts';

export interface UserDeps extends Omit<EraseDeps, 'userKeys'> {
  /** null: USER_KEYS is off. */
  readonly userKeys: UserKeys | null;
}

/** Data about an erased user that an erasure does not reach, for the receipt. */
const REMAINS = [
  'encrypted bodies, which nobody can read, until their topics expire (EVENT_RETENTION, DEAD_LETTER_RETENTION)',
  'the user id, ids, times and states of deliveries, until their topics and the delivery log expire',
  'bodies from before USER_KEYS was on, and those that other programs write, until their topics expire',
  'files in DATA_DIR, records of source topics, and what receivers have got: none of them is ours to erase',
  "the seed of the key in a file on the disks of Kafka's brokers, useless without SECRET_KEY, until the broker deletes that segment",
];

const ErasureReceipt = z
  .object({
    user: z.string(),
    erased_at: time.describe('from then on no process can read a body under the key'),
    key: z
      .string()
      .nullable()
      .describe(
        'id of the destroyed key, as in the header `wh-user-key`; null: there was none, or it ' +
          'was destroyed before',
      ),
    topic: z.string().describe('where the seed of the key was'),
    partition: count,
    deleted_before: count.describe('offset at which that partition begins now'),
    remains: z.array(z.string()).describe('what the erasure does not reach'),
  })
  .meta({ id: 'ErasureReceipt' });

const erase = route(
  {
    method: 'delete',
    path: '/users/{id}',
    operationId: 'eraseUser',
    ...{ tags: ['users'], summary: "Erase a user's bodies, by destroying the key of them" },
    description:
      'No body of the user that was encrypted can be read from then on: deliveries that wait or ' +
      'are retried end as `cancelled`, replays and redrives pass them over. A request that is under ' +
      'way may still be sent. A user that sends again gets a new key. The answer takes some ' +
      'seconds, until no process uses the key any more; without an answer, erase again.',
    request: { params: idParam('user-1') },
    responses: {
      200: json('The receipt of the erasure', ErasureReceipt),
      ...keyProblems('user-keys-off', 'broker-unavailable'),
    },
  },
  async (c, { userKeys, ...deps }: UserDeps) => {
    const user = c.req.valid('param').id;
    if (userKeys === null) {
      const detail = 'USER_KEYS is off: bodies are not encrypted, so there is no key to destroy';
      throw new HttpProblem(409, detail, { code: 'user-keys-off' });
    }
    const { key, partition, deletedBefore } = await eraseUser({ ...deps, userKeys }, user);
    // The log of this process is no place for the user's id either.
    deps.logger.info({ key, partition, deletedBefore }, 'user.erased');
    const at = new Date().toISOString();
    const place = { topic: deps.names.userKeys, partition, deleted_before: deletedBefore };
    return c.json({ user, erased_at: at, key, ...place, remains: REMAINS }, 200);
  },
);

export const userRoutes = [erase];
