// The thread that has the database of the dead letters: no query holds up the API. Started by
// view.ts.
import { answerCalls } from '../threads/calls.ts';
import { DeadLetterDatabase } from './database.ts';

const database = new DeadLetterDatabase();
const { port } = answerCalls({
  add: (...args) => database.add(...args),
  remove: (...args) => database.remove(...args),
  list: (...args) => database.list(...args),
  causes: () => database.causes(),
  redrivable: (...args) => database.redrivable(...args),
  close: () => {
    database.close();
    port.close();
  },
} satisfies Omit<DeadLetterDatabase, never>);
