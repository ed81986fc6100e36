import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Finding {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/**
 * Looks for what keeps people with screen readers, keyboards or weak eyes from a page.
 *
 * @returns one line for each finding above minor; empty: there is none
 */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(`globalThis.axe === undefined && (() => { ${AXE} })()`);
  const { violations } = (await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'], preload: false, iframes: false })`,
  )) as { violations: readonly Finding[] };
  return violations
    .filter(({ impact }) => impact !== 'minor')
    .flatMap(({ id, impact, nodes }) =>
      nodes.map(({ html, failureSummary = '' }) => `${impact} ${id}: ${html} ${failureSummary}`),
    );
}
