import type { Command } from './command.ts';

const NOTES = [
  'Settings are environment variables, listed in the README; a .env file is read too.',
];

function role(
  script: string,
  summary: string,
  examples: Command['examples'] = [['', '']],
): Command {
  return { script, summary, examples, options: {}, notes: NOTES };
}

/** The roles that run alone, by their npm script. They take no options. */
export const ROLE_COMMANDS: Readonly<Record<string, Command>> = {
  producer: role(
    'producer',
    'Runs the producer alone: the API, the inbox, and what both put into Kafka.',
  ),
  consumer: role('consumer', 'Runs one consumer alone: it delivers, retries and dead-letters.'),
  console: role(
    'console',
    'Runs the console alone: status, dashboard, subscriptions, redrive and replay.',
  ),
  receiver: role('receiver', 'Runs the simulated receiver alone, to deliver to.'),
  kafka: role('kafka', 'Runs the embedded Kafka alone, and prints where it listens.'),
};
