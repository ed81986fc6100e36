/**
 * The feature release in what `java -version` prints: 17 for "17.0.15", 21 for "21" and
 * "21-ea", 8 for "1.8.0_402".
 *
 * @returns null when the text names no version
 */
export function javaFeatureVersion(text: string): number | null {
  const match = /\bversion "(\d+)(?:\.(\d+))?/.exec(text);
  if (match === null) return null;
  const first = Number(match[1]);
  // Up to Java 8 the version began with "1.".
  return first === 1 && match[2] !== undefined ? Number(match[2]) : first;
}
