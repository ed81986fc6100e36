import type { Logger } from '../../common/base/logger.ts';
import type { Span, Tracing } from '../../common/tracing/tracing.ts';
import type { Batch } from './batch-builder.ts';

/** Starts the span of rows that go into the log together; their deliveries belong to its trace. */
export function startBatchSpan(tracing: Tracing | undefined, fileId: string): Span | undefined {
  return tracing?.start('producer', 'file batch', undefined, {
    'messaging.system': 'kafka',
    'messaging.operation.type': 'send',
    'hookline.file': fileId,
  });
}

/**
 * Ends the span of a batch when its transaction is over.
 *
 * @throws what `writing` throws
 */
export async function endBatchSpan(
  span: Span,
  { records, rejected, counted }: Batch,
  writing: Promise<void>,
  logger: Logger,
): Promise<void> {
  const size = {
    'messaging.batch.message_count': records.length,
    'hookline.rows_rejected': rejected.length,
    'hookline.rows_before': counted.rows - records.length - rejected.length,
  };
  try {
    await writing;
  } catch (error) {
    span.end(size, 'transaction-failed');
    throw error;
  }
  span.end(size);
  if (span.fields) logger.debug({ rows: counted.rows, ...span.fields }, 'batch.written');
}
