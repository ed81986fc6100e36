import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from './config.ts';

for (const url of ['http://user:50%off@proxy:3128', 'http://user:%ff@proxy:3128']) {
  test(`HTTPS_PROXY=${url} is refused, as nothing can be read from its password`, () => {
    assert.throws(
      () => loadConfig({ HTTPS_PROXY: url }),
      /^ *HTTPS_PROXY=\(hidden\).*written %25/m,
    );
  });
}

test('an entry of NO_PROXY that no target matches is refused', () => {
  for (const entry of ['ex*ample', '[a.example]', 'a.example:', '10.0.0.0/33', 'a..b', ':8443']) {
    assert.throws(() => loadConfig({ NO_PROXY: entry }), /NO_PROXY=.*allowed: names/, entry);
  }
});
