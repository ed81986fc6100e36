import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HttpApp } from '../../common/http/app.ts';

const FILES = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/page.css', 'page.css', 'text/css; charset=utf-8'],
  ['/page.js', 'page.js', 'text/javascript; charset=utf-8'],
] as const;

const HEADERS = {
  'cache-control': 'no-cache',
  // Nothing from elsewhere, nothing inline, no frame around us.
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/** The page at `/`: three static files that hold no data; what they show they ask `/status` for. */
export function addPage(app: HttpApp): void {
  for (const [path, file, contentType] of FILES) {
    const body = readFileSync(join(import.meta.dirname, file), 'utf8');
    app.get(path, (c) => c.body(body, 200, { ...HEADERS, 'content-type': contentType }));
  }
}
