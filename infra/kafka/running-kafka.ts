/** A Kafka that answers, wherever it runs. */
export interface RunningKafka {
  /** Description of the broker, for people. */
  readonly description: string;
  /** Addresses as in KAFKA_BROKERS. */
  readonly brokers: readonly string[];
  /** Process ids of the brokers that we started; empty for any other Kafka. */
  readonly pids: readonly number[];
  /** A clean stop of what we started; resolves when no process is left. */
  stop(): Promise<void>;
  /** Ends at once what we started; the next start has to recover. */
  kill(): void;
  /** Lets our own process end while Kafka runs; Kafka ends with it. */
  unref(): void;
}
