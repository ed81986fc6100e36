import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import type { TestContext } from 'node:test';

const HEADER_BYTES = 12;
const TYPE_A = Buffer.from([0, 1]);
/** An answer: authoritative, no error, one question, one record. */
const FLAGS_AND_COUNTS = Buffer.from([0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0]);
/** The name asked for, IPv4, internet, lives for 0 s, four bytes follow. */
const RECORD_HEAD = Buffer.from([0xc0, HEADER_BYTES, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);

/**
 * A name server on loopback that gives each question for an IPv4 address the next answer, the last
 * one for ever, and lets nobody keep them.
 *
 * @returns a look-up that asks it over UDP, and how often it was asked
 */
export async function aNameServer(t: TestContext, answers: readonly string[]) {
  const socket = createSocket('udp4');
  let asked = 0;
  socket.on('message', (question, { port, address }) => {
    const nameEnd = question.indexOf(0, HEADER_BYTES) + 1;
    if (!question.subarray(nameEnd, nameEnd + 2).equals(TYPE_A)) return;
    const answer = answers[Math.min(asked, answers.length - 1)] ?? '';
    asked += 1;
    socket.send(
      Buffer.concat([
        question.subarray(0, 2),
        FLAGS_AND_COUNTS,
        question.subarray(HEADER_BYTES, nameEnd + 4),
        RECORD_HEAD,
        Buffer.from(answer.split('.').map(Number)),
      ]),
      port,
      address,
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => void socket.close());
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  return {
    asked: () => asked,
    resolve: async (hostname: string): Promise<readonly LookupAddress[]> => {
      const found = await resolver.resolve4(hostname);
      return found.map((address) => ({ address, family: 4 }));
    },
  };
}
