// The receiver as a process of its own, without its output file: what is measured is the sender.
// Prints its URL; GET /stats tells what came.
import { createReceiver } from '../receiver/receiver.ts';

const receiver = await createReceiver();
process.stdout.write(`${receiver.url}\n`);
