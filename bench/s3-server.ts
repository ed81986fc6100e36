import { execFile } from 'node:child_process';
import { createReadStream, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as sdk from '@aws-sdk/client-s3';
import { freePort } from '../infra/process/ports.ts';
import { startProgram } from './process.ts';
import { untilAnswers } from './until-answers.ts';

const HOST = '127.0.0.1';
/** `npm ci` throws it away. */
const PROGRAM = join(import.meta.dirname, '../node_modules/.cache/s3-server');
const BUILD_MS_MAX = 600_000;

const KEYS = { accessKeyId: 'test-key', secretAccessKey: 'test-secret' };
const KEYS_ENV = {
  AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
};

/** Name of the bucket that the server has. */
export const BUCKET = 'alerts';

/**
 * Compiles the server. Go keeps what it compiled, so that the next time takes a second or less.
 *
 * @returns why that is impossible; null: it is there
 */
export async function prepareS3Server(): Promise<string | null> {
  // As the recipe in Go is compiled, so that both share the packages that they have in common.
  const env = { ...process.env, CGO_ENABLED: '0' };
  const options = { cwd: join(import.meta.dirname, 's3'), env, timeout: BUILD_MS_MAX };
  try {
    await promisify(execFile)('go', ['build', '-o', PROGRAM, '.'], options);
    return null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return 'needs go, which is not here';
  }
}

export interface S3Server {
  /** Settings of a producer that reads from it. */
  readonly env: Readonly<Record<string, string>>;
  put(key: string, body: string | Buffer): Promise<void>;
  putFile(key: string, path: string): Promise<void>;
  keys(): Promise<readonly string[]>;
  text(key: string): Promise<string>;
  kill(): Promise<void>;
  /**
   * Starts a server with the same bucket on the same port.
   *
   * @param notify URL that gets its event notifications
   */
  startAgain(notify?: string): Promise<void>;
  /** Takes the bucket away, or brings it back with all that was in it. */
  setBucket(state: 'gone' | 'there'): void;
  /** Ends it, and removes what it holds. */
  end(): Promise<void>;
}

/** Starts a server with a bucket of its own. */
export async function startS3Server(): Promise<S3Server> {
  const folder = mkdtempSync(join(tmpdir(), 'hookline-s3-'));
  const at = { ROOT: join(folder, 'buckets'), SIDECAR: join(folder, 'attributes') };
  mkdirSync(join(at.ROOT, BUCKET), { recursive: true });
  mkdirSync(at.SIDECAR);
  const address = `${HOST}:${await freePort(HOST)}`;
  const endpoint = `http://${address}`;
  const start = async (notify = '') => {
    const env = { ...KEYS_ENV, ...at, ADDRESS: address, NOTIFY: notify };
    const started = startProgram(PROGRAM, [], env);
    await untilAnswers(`${endpoint}/health`, 50);
    return started;
  };
  let child = await start();
  const client = new sdk.S3Client({
    ...{ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: KEYS },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  const inbox = { S3_ENDPOINT: endpoint, S3_INBOX: `s3://${BUCKET}/in`, S3_POLL: '200ms' };
  return {
    ...objectsOf(client),
    env: { ...KEYS_ENV, ...inbox },
    kill: () => child.kill(),
    async startAgain(notify) {
      child = await start(notify);
    },
    setBucket(state) {
      const places = [join(at.ROOT, BUCKET), join(folder, 'gone')] as const;
      const [from, to] = state === 'gone' ? places : places.toReversed();
      renameSync(from as string, to as string);
    },
    async end() {
      client.destroy();
      await child.kill();
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}

function objectsOf(client: sdk.S3Client): Pick<S3Server, 'put' | 'putFile' | 'keys' | 'text'> {
  return {
    async put(Key, body) {
      // The SDK warns of an empty text, whose length it does not know.
      const input = { Bucket: BUCKET, Key, Body: Buffer.from(body) };
      await client.send(new sdk.PutObjectCommand(input));
    },
    async putFile(Key, path) {
      const { size: ContentLength } = statSync(path);
      const input = { Bucket: BUCKET, Key, Body: createReadStream(path), ContentLength };
      await client.send(new sdk.PutObjectCommand(input));
    },
    async keys() {
      const names: string[] = [];
      const pages = sdk.paginateListObjectsV2({ client }, { Bucket: BUCKET });
      for await (const { Contents = [] } of pages) {
        names.push(...Contents.map(({ Key }) => Key as string));
      }
      return names;
    },
    async text(Key) {
      const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket: BUCKET, Key }));
      return (await Body?.transformToString()) ?? '';
    },
  };
}
