import { useEffect, useRef } from 'preact/hooks';
import { html } from '../lib/html.js';
import { compact } from '../lib/format.js';
import { status } from '../lib/live.js';
import { link, route } from '../lib/route.js';
import { SECTIONS } from '../views/sections.js';

/** On a narrow screen the sections are a row that scrolls. */
function showCurrent(box) {
  box?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
}

/** The sections, with the figures that call for somebody. */
export function Navigation() {
  const [current = ''] = route.value.parts;
  const box = useRef(null);
  useEffect(() => {
    const show = () => showCurrent(box.current);
    show();
    // A phone that is turned has another room for them.
    addEventListener('resize', show);
    return () => removeEventListener('resize', show);
  }, [current]);
  return html`<nav ref=${box} class="sections" aria-label="Sections">
    ${SECTIONS.map(({ name, title }) => {
      const badge = badgeOf(name, status.value);
      return html`<a key=${name} href=${link(name ? [name] : [])}
        aria-current=${current === name ? 'page' : undefined}>
        <span>${title}</span>
        ${badge && html`<span class="badge ${badge.tone}">${badge.text}</span>`}
      </a>`;
    })}
  </nav>`;
}

function badgeOf(name, now) {
  if (now === null) return null;
  const { deliveries, endpoints, files } = now;
  if (name === 'dead-letters' && deliveries.dead_lettered > 0) {
    return { tone: 'bad', text: compact(deliveries.dead_lettered) };
  }
  if (name === 'files' && files.reading + files.queued > 0) {
    return { tone: 'busy', text: compact(files.reading + files.queued) };
  }
  const unread = (now.sources ?? []).filter(({ state }) => /missing|forbidden/.test(state)).length;
  if (name === 'sources' && unread > 0) return { tone: 'bad', text: unread };
  const troubled = endpoints.filter(({ state }) => /failing|circuit/.test(state)).length;
  return name === 'endpoints' && troubled > 0 ? { tone: 'bad', text: troubled } : null;
}
