import { createHmac, timingSafeEqual } from 'node:crypto';

const key = Buffer.from(process.env.SECRET.replace(/^whsec_/, ''), 'base64');

/** @param {Buffer} body the bytes as they came, whatever they are */
export function isGenuine(body, headers) {
  const timestamp = headers['webhook-timestamp'];
  if (!(Math.abs(Date.now() / 1000 - timestamp) <= 300)) return false;
  const signed = [Buffer.from(`${headers['webhook-id']}.${timestamp}.`), body];
  const expected = createHmac('sha256', key).update(Buffer.concat(signed)).digest();
  return String(headers['webhook-signature'])
    .split(' ')
    .filter((one) => one.startsWith('v1,'))
    .map((one) => Buffer.from(one.slice('v1,'.length), 'base64'))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
}
