/**
 * Splits a stream of server-sent events into events, whatever pieces it comes in.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 * @returns a function that takes the next piece of text and returns the events that it completes
 */
export function eventParser() {
  let left = '';
  let event = { type: 'message', data: [] };
  return (piece) => {
    const complete = [];
    const lines = (left + piece).split(/\r\n|\n|\r(?!$)/);
    left = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (event.data.length > 0) complete.push({ type: event.type, data: event.data.join('\n') });
        event = { type: 'message', data: [] };
        continue;
      }
      const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
      if (name === 'event') event.type = value;
      if (name === 'data') event.data.push(value);
    }
    return complete;
  };
}
