/** A text of fewer words names no action and no object. */
const WORDS_MIN = 3;

/** The beginning of a docstring, of a paragraph within one, or of a comment of whole lines. */
const BEGINNING =
  /(?:^[ \t]*\/\*\*|^[ \t]*\*$)\s+(?:\*[ \t]+)?(?:Of|What)\b|(?<!^[ \t]*\/\/.*\n)^[ \t]*\/\/ (?:Of|What)\b/m;

/**
 * Finds a comment that does not name its subject: "Of a batch." leaves the reader to guess.
 *
 * @returns the beginning of the first such comment; null: there is none
 */
export function commentWithoutSubject(text: string): string | null {
  const found = BEGINNING.exec(text);
  if (!found) return null;
  const [line = ''] = text.slice(found.index + found[0].search(/(?:Of|What)$/)).split('\n');
  return line.trim();
}

/** @returns whether a text for customers says too little to be understood by itself */
export function isTooShort(text: string): boolean {
  return text.split(/\s+/).filter(Boolean).length < WORDS_MIN;
}

/**
 * Lists the summaries and descriptions of an OpenAPI document that say too little.
 *
 * @param document plain data, as `/openapi.json` serves it
 * @returns where each is and its text
 */
export function shortApiTexts(document: unknown, path = ''): string[] {
  if (document === null || typeof document !== 'object') return [];
  return Object.entries(document).flatMap(([key, value]: [string, unknown]) => {
    const here = `${path}/${key}`;
    if (key === 'example') return [];
    if (typeof value !== 'string') return shortApiTexts(value, here);
    const isText = key === 'summary' || key === 'description';
    return isText && isTooShort(value) ? [`${here}: ${value}`] : [];
  });
}

const PROBLEM_DETAIL = /new HttpProblem\(\s*\w+,\s*(['"`])(.*?)\1/g;
const OPTION_HELP = /\b(?:flag\(|(?:value|list)\(\s*'[^']*',)\s*(['"`])(.*?)\1/g;
const COMMAND_SUMMARY = /^ {2}summary: (['"`])(.*?)\1,$/gm;

/**
 * Finds problem details and help of the command line that say too little. A text with a value in it
 * is not judged, as the value may have any number of words.
 *
 * @param text a source file
 * @returns the texts, problem details first
 */
export function shortSourceTexts(text: string): string[] {
  return [PROBLEM_DETAIL, OPTION_HELP, COMMAND_SUMMARY]
    .flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[2] ?? ''))
    .filter((found) => isTooShort(found) && !found.includes('${'));
}
