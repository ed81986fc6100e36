/**
 * An event as a message for a chat: Slack's incoming webhooks take `{"text": …}`, and those of
 * Mattermost, Rocket.Chat and Discord (behind `/slack`) take the same.
 *
 * @see https://api.slack.com/messaging/webhooks
 */

/** Longer texts are cut by Slack itself, or refused. */
const TEXT_CHARS_MAX = 3_000;

/** @param body JSON, of which each member of `data` becomes a line; any other is shown as it is */
export function slackMessage(type: string | undefined, body: Buffer): Buffer {
  const title = `*${escaped(type ?? 'delivery')}*`;
  const text = [title, ...linesOf(body.toString())].join('\n').slice(0, TEXT_CHARS_MAX);
  return Buffer.from(JSON.stringify({ text }));
}

function linesOf(body: string): readonly string[] {
  const parsed = parsedObject(body);
  if (parsed === null) return [escaped(body)];
  const { data = parsed } = parsed;
  if (typeof data !== 'object' || data === null) return [escaped(body)];
  return Object.entries(data).map(([name, value]) => {
    const shown = typeof value === 'string' ? value : JSON.stringify(value);
    return `• ${escaped(name)}: ${escaped(shown)}`;
  });
}

function parsedObject(text: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(text);
    const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
    return isObject ? (parsed as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** These three begin mentions and links there: data of others could call a whole channel. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
