/** Every code that an `AppError` may carry. Callers branch on the code, never on the message. */
export type ErrorCode =
  | 'config_invalid'
  | 'command_refused'
  | 'broker_unavailable'
  | 'message_malformed'
  | 'message_too_large'
  | 'topic_mismatch'
  | 'topic_missing'
  | 'kafka_missing'
  | 'rights_missing'
  | 'group_active'
  | 'group_has_members'
  | 'file_unclear'
  | 'file_unknown'
  | 'redrive_fenced'
  | 'redrive_running'
  | 'replay_fenced'
  | 'replay_unknown'
  | 'schema_unavailable'
  | 'search_busy'
  | 'secret_invalid'
  | 'source_by_settings'
  | 'source_exists'
  | 'source_unknown'
  | 'target_forbidden'
  | 'subscription_disabled'
  | 'subscription_not_understood'
  | 'subscription_unknown'
  | 'port_unavailable'
  | 'proxy_failed'
  | 'shutdown_timeout'
  | 'unreachable_by_proxy'
  | 'views_loading';

/** Base of every error thrown on purpose. `retryable`: the same call may succeed later. */
export class AppError extends Error {
  override readonly name: string = 'AppError';
  readonly code: ErrorCode;
  readonly retryable: boolean;

  constructor(
    code: ErrorCode,
    message: string,
    options: { retryable?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/** A setting is missing, malformed or contradicts another; raised before anything is opened. */
export class ConfigError extends AppError {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super('config_invalid', `Settings refused:\n${problems.map((p) => `  ${p}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Kafka did not acknowledge in time. The record may or may not be in the log. */
export class BrokerUnavailableError extends AppError {
  override readonly name = 'BrokerUnavailableError';

  constructor(message: string, cause?: unknown) {
    super('broker_unavailable', message, { retryable: true, cause });
  }
}

/** A broken assumption of our own code: never handled, the process must stop. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Throws `InvariantError` unless `condition` holds. For our own bugs only, never for input. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** The branch of a `switch` that no value may reach; a new union member fails the type check. */
export function assertNever(value: never): never {
  throw new InvariantError(`unexpected value: ${JSON.stringify(value)}`);
}

/** The text of whatever was thrown, for logs and for records. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
