import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/**
 * Certificates for servers on loopback, written as DER by hand (RFC 5280): no tool is needed, and
 * no key lies in the repository.
 */
export interface TestCertificate {
  readonly key: string;
  readonly cert: string;
}

const DAY_MS = 86_400_000;
const OID = {
  commonName: '550403',
  ecdsaWithSha256: '2a8648ce3d040302',
  subjectAltName: '551d11',
  basicConstraints: '551d13',
};

/** A certificate of the name, signed by itself: its own authority. */
export function aCertificate(name: string, { expired = false } = {}): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(0x30, oid(OID.ecdsaWithSha256));
  const names = der(0x30, der(0x31, der(0x30, oid(OID.commonName), der(0x0c, Buffer.from(name)))));
  const fromMs = Date.now() - 3 * DAY_MS;
  const untilMs = Date.now() + (expired ? -DAY_MS : DAY_MS);
  const content = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    names,
    der(0x30, time(fromMs), time(untilMs)),
    names,
    publicKey.export({ format: 'der', type: 'spki' }),
    der(
      0xa3,
      der(
        0x30,
        extension(OID.basicConstraints, der(0x30, der(0x01, Buffer.from([0xff])))),
        extension(OID.subjectAltName, der(0x30, der(0x82, Buffer.from(name)))),
      ),
    ),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', content, privateKey)]);
  const whole = der(0x30, content, algorithm, der(0x03, signature));
  const lines = whole.toString('base64').replace(/.{64}/g, '$&\n');
  return {
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 128 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function time(ms: number): Buffer {
  const text = new Date(ms)
    .toISOString()
    .replace(/[-:T]|\.\d+/g, '')
    .slice(2);
  return der(0x17, Buffer.from(text));
}

function extension(id: string, value: Buffer): Buffer {
  return der(0x30, oid(id), der(0x04, value));
}
