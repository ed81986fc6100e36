import { ImageName, getContainerRuntimeClient } from 'testcontainers';
import { messageOf } from '../../common/base/errors.ts';
import { KAFKA_IMAGE, NODE_IMAGE } from './docker.ts';

export const CONTAINER_TESTS = 'test/container/*.test.ts';

/** Null when the tests with containers can run here, else why not; pulls what is missing. */
export async function whyNoContainers(): Promise<string | null> {
  const client = await getContainerRuntimeClient().catch(() => null);
  if (client === null) return 'no Docker answers';
  for (const image of [KAFKA_IMAGE, NODE_IMAGE]) {
    try {
      const name = ImageName.fromString(image);
      await client.image.pull(name);
      if (!(await client.image.exists(name))) return `Docker cannot get ${image}`;
    } catch (error) {
      return `Docker has no ${image}: ${messageOf(error)}`;
    }
  }
  return null;
}
