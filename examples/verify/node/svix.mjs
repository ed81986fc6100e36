import { Webhook } from 'svix';

const webhook = new Webhook(process.env.SECRET);

/** @param {Buffer} body the bytes as they came; they must be UTF-8 */
export function isGenuine(body, headers) {
  try {
    webhook.verify(body, headers);
    return true;
  } catch {
    return false;
  }
}
