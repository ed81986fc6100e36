import type { FeedListener } from './status-feed.ts';

/** Headers of a stream: nobody on the way may keep it or gather it. */
export const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
} as const;

/**
 * Makes server-sent events of a feed. Each event is made when the one before has been taken, so
 * that a slow reader holds up nobody and gathers nothing.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function eventStream(listener: FeedListener): ReadableStream<Uint8Array> {
  const utf8 = new TextEncoder();
  return new ReadableStream(
    {
      async pull(controller) {
        const event = await listener.next();
        if (event.kind === 'end') {
          listener.close();
          controller.close();
        } else if (event.kind === 'heartbeat') controller.enqueue(utf8.encode(': \n\n'));
        else controller.enqueue(utf8.encode(`event: status\ndata: ${event.text}\n\n`));
      },
      cancel: () => listener.close(),
    },
    // Without a queue an event is made when it is asked for, and not one ahead.
    { highWaterMark: 0 },
  );
}
