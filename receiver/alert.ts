/** The body of a file row: what the receiver writes down. */
export interface Alert {
  readonly userId: string;
  readonly alertMessage: string;
}

/** The alert in a body, or null for any other body, JSON or not. */
export function parseAlert(body: Buffer): Alert | null {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    return null;
  }
  const { userId, alertMessage } = (value ?? {}) as Record<string, unknown>;
  if (typeof userId !== 'string' && typeof userId !== 'number') return null;
  return typeof alertMessage === 'string' ? { userId: String(userId), alertMessage } : null;
}

/** One CSV line, its end included; fields are quoted where CSV asks for it (RFC 4180). */
export function csvLine({ userId, alertMessage }: Alert): string {
  return `${csvField(userId)},${csvField(alertMessage)}\n`;
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
