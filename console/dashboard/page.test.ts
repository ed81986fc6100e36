// The dashboard in a real browser, on answers whose every text is hostile.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { barriers } from '../../test/support/axe.ts';
import { FORM_FIELDS, HOSTILE } from '../../test/support/dashboard-api.ts';
import { DESK, NO_BROWSER, hostileDashboard } from '../../test/support/hostile-page.ts';

const PHONE = { width: 390, height: 844 };
const VIEWS = [
  ...['', 'files', 'files/f', 'endpoints', 'endpoints/new', 'endpoints/sub_1'],
  ...['endpoints/default', 'deliveries', 'deliveries?user=x', 'deliveries/x', 'dead-letters'],
  ...['sources', 'replay', 'log', 'log/w.deliveries?offset=1', 'log/w.files', 'nowhere'],
];

const openPage = hostileDashboard();

describe('the dashboard', { skip: NO_BROWSER, concurrency: 2 }, () => {
  for (const [name, options] of [
    ['a desk', { viewport: DESK }],
    ['a phone at night', { viewport: PHONE, colorScheme: 'dark' as const }],
  ] as const) {
    const title = `every view on ${name} is accessible, and shows hostile text as text`;
    test(title, async (t) => {
      const { page, complaints, open } = await openPage(t, options);
      for (const view of VIEWS) {
        await open(view);
        await page.evaluate(
          `document.querySelectorAll('details').forEach((one) => one.open = true)`,
        );
        assert.deepEqual(await barriers(page), [], view);
        const state = await page.evaluate(`({
          title: document.title,
          strange: document.querySelectorAll('main img, main b b, main script').length,
          width: document.documentElement.scrollWidth,
        })`);
        const { title: shown, strange, width } = state as Record<string, number | string>;
        assert.doesNotMatch(String(shown), /^owned/, view);
        assert.equal(strange, 0, view);
        assert.ok(Number(width) <= options.viewport.width, `${view} is ${width} wide`);
        if (/^(files|endpoints\/sub_1|dead-letters|deliveries\/x)$/.test(view)) {
          assert.ok((await page.locator('main').textContent())?.includes(HOSTILE), view);
        }
      }
      assert.deepEqual(complaints, []);
    });
  }

  test('dialogs and the palette are accessible, and give the focus back', async (t) => {
    const { page, complaints, open } = await openPage(t);
    await open('dead-letters');
    const redrive = page.getByRole('button', { name: 'Redrive all…' });
    await redrive.click();
    await page.getByText('329 dead letters').waitFor();
    assert.deepEqual(await barriers(page), []);
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    assert.ok(await redrive.evaluate('document.activeElement.textContent.includes("Redrive")'));

    await page.keyboard.press('/');
    const search = page.getByRole('dialog').getByRole('combobox');
    await search.fill('words');
    await search.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });

    await page.keyboard.press('/');
    await search.fill('log');
    await page.getByRole('option', { name: /^Log/ }).waitFor();
    assert.deepEqual(await barriers(page), []);
    for (let step = 0; step < 2; step += 1) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Log', level: 1 }).waitFor();
    assert.equal(await page.evaluate('document.activeElement.tagName'), 'H1');

    await page.keyboard.press('g');
    await page.keyboard.press('f');
    await page.getByRole('heading', { name: 'Files', level: 1 }).waitFor();
    assert.equal(await page.evaluate('document.title'), 'Files · Hookline');

    await open('deliveries');
    const user = page.getByLabel('User', { exact: true });
    await user.fill('somebody');
    await user.press('Enter');
    await page.waitForURL(/user=somebody/);
    assert.equal(await page.evaluate('document.activeElement.name'), 'user');
    assert.deepEqual(complaints, []);
  });

  test('what the API refuses of an endpoint is said at its field', async (t) => {
    const { page, open } = await openPage(t);
    await open('endpoints/sub_1');
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.locator('dialog .wrong').first().waitFor();
    const wrong = await page.locator('dialog .wrong').allTextContents();
    assert.equal(wrong.length, FORM_FIELDS.length);
    assert.ok(wrong.every((text) => text.includes(HOSTILE)));
    assert.deepEqual(await barriers(page), []);
  });

  test('a view whose answer fails says why, and the rest stays', async (t) => {
    const changed = { '/files': null, '/dead-letters': null, '/deliveries/:id': null };
    const { page, open } = await openPage(t, { changed });
    for (const view of ['files', 'dead-letters', 'deliveries/x']) {
      await open(view);
      const alert = page.getByRole('alert').first();
      assert.ok((await alert.textContent())?.includes(HOSTILE), view);
      assert.deepEqual(await barriers(page), [], view);
    }
  });

  test('empty lists say what to do, and what has no route is not offered', async (t) => {
    const none = { left_in_inbox: [], left_in_inbox_count: 0 };
    const page = { next_cursor: null, search_limit_met: false };
    const changed = {
      '/openapi.json': { paths: {} },
      '/files': { files: [], ...none },
      '/deliveries': { deliveries: [], ...page },
      '/dead-letters': { dead_letters: [], ...page },
      '/replays': { replays: [] },
    };
    const opened = await openPage(t, { changed });
    for (const [view, text] of [
      ['files', 'No file yet'],
      ['deliveries', 'Nothing was attempted yet'],
      ['deliveries?user=x', 'No delivery matches'],
      ['dead-letters', 'No dead letter'],
      ['replay', 'No replay yet'],
    ] as const) {
      await opened.open(view);
      await opened.page.getByText(text, { exact: true }).waitFor();
      assert.deepEqual(await barriers(opened.page), [], view);
    }
    await opened.open('files/f');
    assert.equal(await opened.page.getByRole('button', { name: 'Cancel the rest' }).count(), 0);
  });

  test('a system with keys asks for one, and names one that is not accepted', async (t) => {
    const { page, complaints } = await openPage(t, { apiKeys: ['right'] });
    assert.deepEqual(await barriers(page), []);
    await page.getByLabel('API key').fill('wrong');
    await page.getByRole('button', { name: 'Use this key' }).click();
    await page.getByText('This key is not accepted.').waitFor();
    await page.getByLabel('API key').fill('right');
    await page.getByRole('button', { name: 'Use this key' }).click();
    await page.getByText('1 endpoint failing').first().waitFor();
    // The browser itself writes down each 401.
    assert.ok(
      complaints.every((one) => one.includes('401')),
      complaints.join('\n'),
    );
  });

  test('figures that are not of now are called so', async (t) => {
    const { page, server } = await openPage(t);
    await page.getByText('1 endpoint failing').first().waitFor();
    await server.close(0);
    await page.getByText('Figures are from before').waitFor();
  });

  test('its files never change under their address, and hold no other host', async (t) => {
    const { server } = await openPage(t);
    const index = await fetch(server.url);
    const html = await index.text();
    assert.equal(index.headers.get('cache-control'), 'no-cache');
    assert.match(index.headers.get('content-security-policy') ?? '', /trusted-types 'none'/);
    const [, script = ''] = /src="([^"]+main\.js)"/.exec(html) ?? [];
    const main = await fetch(server.url + script);
    assert.match(main.headers.get('cache-control') ?? '', /immutable/);
    const old = script.replace(/[0-9a-f]{16}/, '0'.repeat(16));
    assert.equal((await fetch(server.url + old)).status, 404);
    assert.doesNotMatch(html.replaceAll('http://www.w3.org/2000/svg', ''), /https?:/);
  });
});
