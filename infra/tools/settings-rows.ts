import { z } from 'zod';
import { SETTINGS } from '../../common/config/config.ts';

/** The settings as a Markdown table: name, default, meaning. */
export function settingsTable(): string {
  const rows = Object.entries(SETTINGS).map(([name, setting]) => {
    // One that is read like a given text is shown as that text.
    const isText = setting instanceof z.ZodPrefault;
    const shown = shownDefault(isText ? setting.def.defaultValue : setting.parse(undefined));
    return `| \`${name}\` | ${shown} | ${setting.description ?? ''} |`;
  });
  return ['| setting | default | meaning |', '|---|---|---|', ...rows].join('\n');
}

/** A default as one would write it in the environment. */
function shownDefault(value: unknown): string {
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) return '';
  return `\`${String(value)}\``;
}
