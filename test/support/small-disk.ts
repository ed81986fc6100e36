import { randomBytes } from 'node:crypto';
import { Wait, getContainerRuntimeClient } from 'testcontainers';
import { KAFKA_IMAGE, LocalContainer } from './docker.ts';

const MOUNT = '/disk';
const SIZE = '128m';
/** Id of the user that Kafka runs as in its image. */
const UID = 1_000;

export interface SmallDisk {
  /** The Docker volume to mount. */
  readonly volume: string;
  /** Leaves no byte free. */
  fill(): Promise<void>;
  /** Frees what `fill` has taken. */
  free(): Promise<void>;
  remove(): Promise<void>;
}

/** A disk of 128 MB in memory, kept mounted by a container of its own until it is removed. */
export async function createSmallDisk(): Promise<SmallDisk> {
  const { dockerode } = (await getContainerRuntimeClient()).container;
  const volume = `hookline-disk-${randomBytes(4).toString('hex')}`;
  await dockerode.createVolume({
    Name: volume,
    Driver: 'local',
    DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: `size=${SIZE},uid=${UID}` },
  });
  const keeper = await new LocalContainer(KAFKA_IMAGE)
    .withEntrypoint(['sleep', 'infinity'])
    .withBindMounts([{ source: volume, target: MOUNT }])
    .withWaitStrategy(Wait.forSuccessfulCommand('true'))
    .start();
  return {
    volume,
    fill: async () => {
      // The command ends with an error, because the disk is full.
      await keeper.exec(['dd', 'if=/dev/zero', `of=${MOUNT}/ballast`, 'bs=4096']);
    },
    free: async () => {
      await keeper.exec(['rm', `${MOUNT}/ballast`]);
    },
    remove: async () => {
      await keeper.stop({ timeout: 0 });
      await dockerode.getVolume(volume).remove();
    },
  };
}
