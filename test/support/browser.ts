import { accessSync, constants } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

/** Paths of the browser on Linux distributions and macOS. */
const PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The browser of this machine; undefined when there is none. */
export const CHROMIUM = PATHS.find((path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
});

/** Starts it without a window. The caller closes it. */
export function openBrowser(): Promise<Browser> {
  // Root may not use Chromium's sandbox, and it loads our own page alone.
  return chromium.launch({ executablePath: CHROMIUM ?? '', chromiumSandbox: false });
}
