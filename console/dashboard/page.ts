import type { HttpApp } from '../../common/http/app.ts';
import { loadDashboard } from './assets.ts';

const SHARED_HEADERS = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };
/** The address of a file holds the hash of all files, so that none changes under its address. */
const FOR_EVER = 'public, max-age=31536000, immutable';

/**
 * The dashboard at `/`: a page, its modules, its style and its libraries, all from this process.
 * They hold no data; the page requests what it shows from the API.
 */
export function addPage(app: HttpApp): void {
  const { index, importMapHash, base, files } = loadDashboard();
  const headers = {
    ...SHARED_HEADERS,
    'cache-control': 'no-cache',
    'content-type': 'text/html; charset=utf-8',
    // Nothing comes from elsewhere, nothing is inline but the import map, no text becomes HTML.
    'content-security-policy':
      `default-src 'none'; script-src 'self' '${importMapHash}'; style-src 'self'; ` +
      "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; " +
      "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  };
  app.get('/', (c) => c.body(index, 200, headers));
  app.get('/dashboard/*', (c) => {
    const file = files.get(c.req.path.slice(base.length));
    // A page that was opened before an update asks for files that are no more.
    if (!c.req.path.startsWith(base) || !file) return c.notFound();
    const { body, contentType } = file;
    const own = { ...SHARED_HEADERS, 'cache-control': FOR_EVER, 'content-type': contentType };
    return c.body(body, 200, own);
  });
}
