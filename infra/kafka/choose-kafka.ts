const JAVA_MIN = 17;

/** Facts that decide which Kafka to use: the setting and the tools of this machine. */
export interface Facts {
  /** KAFKA_BROKERS. */
  readonly brokers: readonly string[];
  /** Feature version of the newest Java found; null: none. */
  readonly java: number | null;
  readonly maven: boolean;
  /** Docker with compose, its daemon answering. */
  readonly docker: boolean;
}

export type KafkaChoice =
  | { readonly kind: 'given'; readonly brokers: readonly string[] }
  | { readonly kind: 'embedded' }
  | { readonly kind: 'compose' }
  | { readonly kind: 'missing'; readonly message: string };

/** Which Kafka to use: one that is named, else one that runs here, else one in a container. */
export function chooseKafka(facts: Facts): KafkaChoice {
  if (facts.brokers.length > 0) return { kind: 'given', brokers: facts.brokers };
  if (canEmbed(facts)) return { kind: 'embedded' };
  if (facts.docker) return { kind: 'compose' };
  const java = facts.java === null ? 'no Java' : `Java ${facts.java}`;
  return {
    kind: 'missing',
    message: [
      'No Kafka to use. Do one of these:',
      '  - set KAFKA_BROKERS to a Kafka that runs, such as KAFKA_BROKERS=127.0.0.1:9092',
      `  - install Java ${JAVA_MIN} or newer and Maven, and a real Kafka is started from here ` +
        `(found: ${java}, ${facts.maven ? 'Maven' : 'no Maven'})`,
      '  - install Docker with compose and start it, and docker-compose.kafka.yml is used ' +
        '(found: no Docker that answers)',
    ].join('\n'),
  };
}

export function canEmbed(facts: Pick<Facts, 'java' | 'maven'>): boolean {
  return facts.java !== null && facts.java >= JAVA_MIN && facts.maven;
}
