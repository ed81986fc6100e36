import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { status } from '../lib/live.js';
import { Dialog } from '../ui/dialog.js';
import { commandsFor } from './commands.js';

const isOpen = signal(false);

export function openPalette() {
  isOpen.value = true;
}

/** Search and command palette: one field that leads to every view and item. */
export function Palette() {
  return isOpen.value && html`<${Opened} />`;
}

function Opened() {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const field = useRef(null);
  const commands = commandsFor(text.trim(), status.value);
  const current = Math.min(at, commands.length - 1);
  useEffect(() => field.current.focus(), []);
  const close = () => (isOpen.value = false);
  const run = (command) => {
    close();
    location.hash = command.href;
  };
  const onKeyDown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt((current + step + commands.length) % commands.length);
    }
    // A field for searches takes the first press for itself, and empties.
    if (event.key === 'Escape') {
      event.preventDefault();
      close();
    }
    if (event.key === 'Enter' && commands[current]) {
      event.preventDefault();
      run(commands[current]);
    }
  };
  const onInput = (event) => {
    setText(event.target.value);
    setAt(0);
  };
  return html`<${Dialog} title="Search and commands" className="palette" onClose=${close}>
    <input ref=${field} type="search" role="combobox" aria-expanded="true" autocomplete="off"
      aria-controls="commands" aria-label="A delivery, user, endpoint, file or view"
      aria-activedescendant="command-${current}" value=${text}
      placeholder="A delivery, user, endpoint, file or view" onInput=${onInput}
      onKeyDown=${onKeyDown} />
    <ul id="commands" role="listbox" aria-label="Results">
      ${commands.map(
        ({ href, title, detail }, index) =>
          html`<li key=${href + title} id="command-${index}" role="option"
            aria-selected=${index === current} onClick=${() => run(commands[index])}
            onMouseMove=${() => setAt(index)}>
            <span>${title}</span><span class="soft">${detail}</span>
          </li>`,
      )}
    </ul>
    <p class="hint">↑ ↓ to choose, Enter to open, Esc to close. On any view: / searches, g and a
      letter opens a section.</p>
  </${Dialog}>`;
}
