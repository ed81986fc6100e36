import { assertNever } from '../../common/base/errors.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { idOf } from '../idempotency/request-key.ts';
import type { RequestKey, IdempotencyGuard } from '../idempotency/idempotency-guard.ts';

interface Deps {
  readonly once: Pick<IdempotencyGuard, 'run'>;
  readonly newId: () => string;
}

export interface Accepted {
  readonly id: string;
  /** Whether the request had been accepted before. */
  readonly isRepeated: boolean;
}

/** Response header that is set when an idempotency key repeats an accepted request. */
export const REPLAYED_HEADER = 'idempotent-replayed';

/**
 * Accepts deliveries, and those with a key only once.
 *
 * @param write puts them into the log under the id
 * @throws HttpProblem 422, 503; what `write` throws
 */
export async function acceptOnce(
  { once, newId }: Deps,
  keyed: RequestKey | null,
  write: (id: string) => Promise<void>,
): Promise<Accepted> {
  const id = keyed === null ? newId() : idOf(keyed);
  if (keyed === null) {
    await write(id);
    return { id, isRepeated: false };
  }
  const result = await once.run(keyed, () => write(id));
  switch (result) {
    case 'accepted':
      return { id, isRepeated: false };
    case 'repeated':
      return { id, isRepeated: true };
    case 'other-content':
      throw new HttpProblem(422, 'This Idempotency-Key was used with other content', {
        code: 'idempotency-key-reused',
      });
    case 'unfinished':
      throw new HttpProblem(
        503,
        'Another request with this Idempotency-Key has not ended; try again',
        {
          code: 'idempotency-key-in-use',
          headers: { 'retry-after': '1' },
        },
      );
    default:
      return assertNever(result);
  }
}
