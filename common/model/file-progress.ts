import { z } from 'zod';
import { parseJson } from '../base/parse-json.ts';
import { openCode } from './open-code.ts';

const READING_STATES = ['queued', 'reading', 'done', 'failed'] as const;
/** States of a file for people. */
export const FILE_STATES = [...READING_STATES, 'cancelled'] as const;
export type FileState = (typeof FILE_STATES)[number];

/** Why a file could not be read at all; its rows were not looked at. */
export const FILE_ERROR_CODES = [
  'file_empty',
  'file_too_large',
  'file_missing',
  'file_unreadable',
  'object_changed',
  'object_refused',
  'not_text',
  'wrong_format',
  'archive_broken',
  'wrong_header',
] as const;

/** Codes of the warnings about a file that was read to its end. */
export const FILE_WARNING_CODES = [
  'last_line_unfinished',
  'line_end_twice',
  'null_word',
  'null_mark',
  'backslash_escapes',
  'blank_around_user_id',
  'number_user_id',
  'comment_line',
  'unnamed_column',
  'excel_formula',
  'control_characters',
  'replacement_characters',
  'all_rejected',
  'same_content',
  'same_content_skipped',
  'object_not_moved',
] as const;

export const FileWarning = z.object({
  code: openCode(FILE_WARNING_CODES),
  message: z.string(),
  /** How many rows it is about, where it is about some. */
  count: z.int().min(1).optional(),
});

export const FileError = z.object({ code: openCode(FILE_ERROR_CODES), message: z.string() });

export const SameContent = z.object({ id: z.string(), name: z.string(), at: z.string() });

/**
 * How far a file is: the value of a `file-progress` record, whose key is the file's id. It is
 * written in the same transaction as the rows it counts, by the owner of the partition alone.
 */
const FileProgress = z.object({
  id: z.string(),
  /** The file's name as it was in the inbox. */
  name: z.string(),
  /** `s3://BUCKET/KEY` of an object; a file of the data folder has none. */
  object: z.string().optional(),
  /** ETag of an object, by which it can be announced once more. */
  etag: z.string().optional(),
  /** How far it is read; `done`, too, when its reading was ended by a cancellation. */
  state: z.enum(READING_STATES),
  /** Size of the file; of its text, once reading began, where it is compressed. */
  bytes: z.int().min(0),
  /** SHA-256 of its text in hexadecimal, once reading began; earlier versions wrote none. */
  sha256: z.string().optional(),
  /** An earlier file of the same content, and when that was taken in. */
  sameContentAs: SameContent.optional(),
  /** Reading goes on at this byte: all rows before it are in the log or rejected. */
  bytesRead: z.int().min(0),
  /** Data rows read, rejected ones included; also the number of the last row. */
  rows: z.int().min(0),
  rejected: z.int().min(0),
  /** ISO times; null while not yet so. */
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  /** ISO time at which a person cancelled the rest of it. */
  cancelledAt: z.string().optional(),
  /** Why it failed; `object_refused` in another state: why it is set aside for now. */
  error: FileError.optional(),
  /** At most one of each code. Progress that an earlier version wrote has none. */
  warnings: z.array(FileWarning).default([]),
  /** Further state that a new owner needs to go on at `bytesRead`. */
  resume: z
    .object({
      /** 1-based number of the line that begins at `bytesRead`. */
      line: z.int().min(1),
      /** Name in `processing/` of the file of rejected rows; null while there are none. */
      rejectedFile: z.string().nullable(),
      /** How much of that file belongs to the rows before this point. */
      rejectedBytes: z.int().min(0),
      /** Line of a header with other columns, after which no row is delivered. */
      otherHeaderLine: z.int().min(1).nullable().default(null),
    })
    .optional(),
});

export type FileWarningCode = (typeof FILE_WARNING_CODES)[number];
export type FileErrorCode = (typeof FILE_ERROR_CODES)[number];
export type FileWarning = Readonly<z.infer<typeof FileWarning>>;
export type FileError = Readonly<z.infer<typeof FileError>>;
export type FileProgress = Readonly<z.infer<typeof FileProgress>>;

/** The state of a file for people. */
export function fileStateOf({ state, cancelledAt }: FileProgress): FileState {
  return cancelledAt === undefined ? state : 'cancelled';
}

/** Code of the warning about an object that was read and may not be moved or tagged. */
export const NOT_MOVED = 'object_not_moved' satisfies FileWarningCode;

/** Tells whether S3 refuses to give, move or tag the object, so that it waits to be tried again. */
export function isSetAside({ error, warnings }: FileProgress): boolean {
  return error?.code === 'object_refused' || warnings.some(({ code }) => code === NOT_MOVED);
}

/** Members of a later version are kept, and written back with each change. */
const Stored = FileProgress.loose();

/** Understands a value of the `file-progress` topic; null when it is something else. */
export function parseFileProgress(text: string): FileProgress | null {
  return parseJson(Stored, text) as FileProgress | null;
}
