import type { FileWarning, FileWarningCode } from '../../common/model/file-progress.ts';
import type { Columns } from './header.ts';
import { EXCEL_TEXT } from './row.ts';

/** Possible mistakes in rows that are delivered as they stand. */
const DOUBTS = {
  line_end_twice: 'lines end in CR CR LF, each read as one line end',
  null_word: 'a whole user id or message is a word for no value, such as NULL or NaN',
  null_mark: "a further column is \\N, an exporter's mark for no value",
  backslash_escapes:
    'texts have backslash sequences; where the exporter escapes with backslashes they are not ' +
    'what was meant, see "Export with" in docs/files.md',
  blank_around_user_id: 'user ids begin or end with a blank, perhaps one without a width or break',
  number_user_id: 'user ids look like 42.0 or 1.2E+11, as pandas and Excel write whole numbers',
  comment_line: 'rows begin with #, as comments do',
  unnamed_column: 'a column without a name had values, which were dropped',
  excel_formula: 'messages look like ="001", which is a formula for Excel',
  control_characters: 'messages have control characters, such as NUL or Ctrl-Z',
  replacement_characters: 'texts have U+FFFD, so they were damaged before they came here',
} as const satisfies Partial<Record<FileWarningCode, string>>;

export type Doubt = keyof typeof DOUBTS;

const NONE: readonly Doubt[] = [];
const NULL_MARK = '\\N';
const NULL_WORD = /^\(?(?:null|nil|none|nan|na|n\/a|#n\/a|undefined|<null>|<na>|nat)\)?$/i;
const NULL_WORD_LENGTH_MAX = 9;
const BLANK_AROUND = /^[\s\u200b\u2060]|[\s\u200b\u2060]$/;
const NUMBER_USER_ID = /^-?\d+(?:\.0+|(?:\.\d+)?e\+\d+)$/i;
/** Looked for in one pass, as nearly all messages have none of them. */
const ODD = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffd]/;
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
/** Tab dialects write these for what would break a line: COPY of PostgreSQL, jq @tsv, Miller. */
const TAB_ESCAPE = /\\[\\ntrbfv0N]/;
/**
 * In other files only sequences are doubtful that RFC 4180 never writes: MariaDB's quote and line
 * break.
 */
const QUOTE_ESCAPE = /\\"|\\\r?\n|\\$/;

/**
 * Finds what a sender may not have meant in a row that is delivered as it stands.
 *
 * @param fields a row without fault
 */
export function rowDoubts(
  fields: readonly string[],
  { userId: userIdAt, alertMessage, extras, unnamed }: Columns,
  delimiter: string,
): readonly Doubt[] {
  const userId = fields[userIdAt] as string;
  const message = fields[alertMessage] as string;
  let found = textDoubts(userId, message);
  const add = (isSo: boolean, doubt: Doubt) => {
    if (isSo) found = [...found, doubt];
  };
  add(userIdAt === 0 && userId.startsWith('#'), 'comment_line');
  add(message.startsWith('="') && EXCEL_TEXT.test(message), 'excel_formula');
  if (message.includes('\\')) {
    const escape = delimiter === '\t' ? TAB_ESCAPE : QUOTE_ESCAPE;
    add(escape.test(message), 'backslash_escapes');
  }
  add(extras.length > 0 && extras.some(({ index }) => fields[index] === NULL_MARK), 'null_mark');
  add(unnamed.length > 0 && unnamed.some((index) => fields[index] !== ''), 'unnamed_column');
  return found;
}

/** Finds what is odd in any kind of file. */
export function textDoubts(userId: string, message: string): readonly Doubt[] {
  let found = NONE;
  const add = (isSo: boolean, doubt: Doubt) => {
    if (isSo) found = [...found, doubt];
  };
  add(isNullWord(userId) || isNullWord(message), 'null_word');
  add(BLANK_AROUND.test(userId), 'blank_around_user_id');
  add(NUMBER_USER_ID.test(userId), 'number_user_id');
  if (ODD.test(message)) {
    add(CONTROL.test(message), 'control_characters');
    add(message.includes('\ufffd'), 'replacement_characters');
  }
  return found;
}

function isNullWord(text: string): boolean {
  return text.length <= NULL_WORD_LENGTH_MAX && NULL_WORD.test(text);
}

/** Counts the doubts of a part of a file. */
export class DoubtCounts {
  private readonly counts = new Map<Doubt, { rows: number; readonly firstLine: number }>();

  /** @param line is asked for only where there is a doubt of which there was none before */
  add(doubts: readonly Doubt[], line: () => number): void {
    for (const doubt of doubts) {
      const known = this.counts.get(doubt);
      if (known) known.rows += 1;
      else this.counts.set(doubt, { rows: 1, firstLine: line() });
    }
  }

  warnings(): readonly FileWarning[] {
    return [...this.counts].map(([code, { rows, firstLine }]) => {
      const message = `${DOUBTS[code]}; first in line ${firstLine}`;
      return { code, message, count: rows };
    });
  }
}
