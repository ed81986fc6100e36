// Texts for people. Everything here is a function of its arguments.

const LOCALE = 'en';
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1 });
const short = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumFractionDigits: 1 });

export const NOTHING = '–';

/** @param {number | null | undefined} value */
export function count(value) {
  return Number.isFinite(value) ? whole.format(value) : NOTHING;
}

/** A count in four or five characters: 1.2M. */
export function compact(value) {
  return Number.isFinite(value) ? short.format(value) : NOTHING;
}

/** @param {number} perSecond */
export function rate(perSecond) {
  if (!Number.isFinite(perSecond)) return NOTHING;
  return `${perSecond < 10 ? fine.format(perSecond) : whole.format(perSecond)}/s`;
}

/** @param {number} value @param {string} noun in the singular, ending regularly */
export function plural(value, noun) {
  if (value === 1) return `1 ${noun}`;
  const ending = /(s|x|ch|sh)$/.test(noun) ? 'es' : 's';
  const many = /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : noun + ending;
  return `${count(value)} ${many}`;
}

/** @param {number} value in bytes; powers of 1000, as the settings have them */
export function bytes(value) {
  if (!Number.isFinite(value)) return NOTHING;
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let left = value;
  let unit = 0;
  while (left >= 999.5 && unit < units.length - 1) {
    left /= 1_000;
    unit += 1;
  }
  return `${unit === 0 || left >= 99.5 ? whole.format(left) : fine.format(left)} ${units[unit]}`;
}

/** @param {number} value in ms */
export function millis(value) {
  if (!Number.isFinite(value)) return NOTHING;
  if (value < 10) return `${fine.format(value)} ms`;
  return value < 1_000 ? `${whole.format(value)} ms` : `${fine.format(value / 1_000)} s`;
}

/** A length of time in at most two units. @param {number} seconds */
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return NOTHING;
  const total = Math.max(0, Math.round(seconds));
  /** @type {[number, string][]} */
  const parts = [
    [Math.floor(total / 86_400), 'd'],
    [Math.floor(total / 3_600) % 24, 'h'],
    [Math.floor(total / 60) % 60, 'min'],
    [total % 60, 's'],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first === -1) return '0 s';
  const shown = parts.slice(first, first + 2).filter(([value]) => value > 0);
  return shown.map(([value, unit]) => `${value} ${unit}`).join(' ');
}

/** A length of time in one unit, where there is little room. @param {number} seconds */
export function shortDuration(seconds) {
  const [value, unit] = duration(seconds).split(' ');
  const half = unit === 'h' && seconds % 3_600 >= 1_800 ? '.5' : '';
  return `${value}${half} ${unit}`;
}

/** @param {number} atMs @param {number} nowMs */
export function ago(atMs, nowMs) {
  const seconds = Math.round((nowMs - atMs) / 1_000);
  if (Math.abs(seconds) < 2) return 'now';
  return seconds > 0 ? `${shortDuration(seconds)} ago` : `in ${shortDuration(-seconds)}`;
}

/** @param {number} part @param {number} all */
export function percent(part, all) {
  if (!(all > 0)) return '0 %';
  // A file with one row left is not at 100 %.
  return `${part >= all ? 100 : Math.min(99, Math.floor((100 * part) / all))} %`;
}

const pad = (value) => String(value).padStart(2, '0');

/** Date and time of day where the reader is. @param {number} ms since 1970 */
export function clock(ms) {
  const at = new Date(ms);
  if (Number.isNaN(at.getTime())) return NOTHING;
  const day = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  return `${day} ${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
}

/** Keeps both ends of a long id: ids of one file differ in their last digits. */
export function shortId(id, length = 22) {
  if (id.length <= length) return id;
  const end = Math.min(12, Math.floor(length / 2));
  return `${id.slice(0, length - end - 1)}…${id.slice(-end)}`;
}

/** @returns host and path of a URL, or the text itself where it is none */
export function shortUrl(text) {
  const url = URL.parse(text);
  return url === null ? text : `${url.host}${url.pathname === '/' ? '' : url.pathname}`;
}

/** Names of states as people read them. */
export function stateName(state) {
  return String(state).replaceAll(/[_-]/g, ' ');
}
