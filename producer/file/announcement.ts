import { z } from 'zod';
import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import type { Publisher } from '../../common/kafka/ports.ts';
import { parseJson } from '../../common/base/parse-json.ts';

const Announcement = z.object({
  id: z.string(),
  name: z.string(),
  /** Size when it was claimed. */
  bytes: z.int().min(0),
  /** Place in a bucket, for an object; a file of the data folder has none. */
  object: z.object({ bucket: z.string(), key: z.string(), etag: z.string() }).optional(),
});

/**
 * A file that lies in `processing/` or in a bucket and waits for an owner: the value of a `files`
 * record.
 */
export type Announcement = Readonly<z.infer<typeof Announcement>>;

/** An object of a bucket, with the ETag that tells this content of it from others. */
export type ObjectPlace = NonNullable<Announcement['object']>;

/** Understands a value of the `files` topic; null when it is something else. */
export function parseAnnouncement(text: string): Announcement | null {
  return parseJson(Announcement, text);
}

/** @throws BrokerUnavailableError not acknowledged in time; announcing again does no harm */
export type Announce = (file: Announcement, deadlineMs: number) => Promise<void>;

interface Deps {
  readonly publisher: Publisher;
  readonly topic: string;
  readonly partitions: number;
}

/** Tells the owner of the file's partition that there is a file to read. */
export function createAnnounce({ publisher, topic, partitions }: Deps): Announce {
  return (file, deadlineMs) =>
    publisher.publish(
      {
        topic,
        partition: partitionOf(file.id, partitions),
        key: file.id,
        value: JSON.stringify(file),
        headers: {},
      },
      deadlineMs,
    );
}
