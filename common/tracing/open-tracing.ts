import type { Logger } from '../base/logger.ts';
import type { Config } from '../config/config.ts';
import type { Tracing } from './tracing.ts';

interface Deps {
  readonly config: Config;
  readonly logger: Logger;
  /** Gets the last export of spans. */
  readonly open: AsyncDisposableStack;
}

/**
 * Opens tracing where OTEL_EXPORTER_OTLP_ENDPOINT names a collector. Elsewhere the SDK is not even
 * loaded, so that a system without traces pays nothing for them.
 *
 * @param role `producer`, `consumer`, …
 */
export async function openTracing(role: string, deps: Deps): Promise<Tracing | undefined> {
  if (deps.config.OTEL_EXPORTER_OTLP_ENDPOINT === '') return undefined;
  const { startSdk } = await import('./sdk.ts');
  return startSdk(role, deps);
}
