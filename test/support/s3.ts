import type { TestContext } from 'node:test';
import { startS3Server } from '../../bench/s3-server.ts';
import type { S3Server } from '../../bench/s3-server.ts';

/** A server of the test's own with one bucket; it ends with the test. */
export async function startS3(t: TestContext): Promise<S3Server> {
  const server = await startS3Server();
  t.after(() => server.end());
  return server;
}
