// Asks /status once a second and shows it. Everything goes in as text, never as markup.
const REFRESH_MS = 1_000;
const DEAD_LETTERS_SHOWN = 20;
const KEY_NAME = 'hookline-key';
const at = (id) => document.getElementById(id);
const number = new Intl.NumberFormat('en');

function ask(path, options = {}) {
  const key = sessionStorage.getItem(KEY_NAME);
  const headers = key ? { authorization: `Bearer ${key}` } : {};
  return fetch(path, { signal: AbortSignal.timeout(10_000), ...options, headers });
}

function cell(content, className = '') {
  const td = document.createElement('td');
  td.append(content);
  td.className = className;
  if (typeof content === 'string') td.title = content;
  return td;
}

const count = (value) => cell(number.format(value), 'n');

function bar(done, all) {
  const progress = document.createElement('progress');
  progress.max = Math.max(1, all);
  progress.value = done;
  progress.title = `${Math.floor((100 * done) / Math.max(1, all))} %`;
  return cell(progress);
}

function rows(table, list) {
  const lines = list.map((cells) => {
    const line = document.createElement('tr');
    line.append(...cells);
    return line;
  });
  at(table).tBodies[0].replaceChildren(...lines);
}

const TONE = {
  done: 'good',
  ok: 'good',
  delivered: 'good',
  dead: 'bad',
  retrying: 'wait',
  failed: 'bad',
  failing: 'bad',
  'circuit-open': 'bad',
  throttled: 'wait',
  disabled: 'wait',
  queued: 'wait',
  waiting: 'wait',
  in_flight: 'wait',
};

/** How far a file is: by its rows once they are all read, by its bytes before. */
function fileCells(file) {
  const decided = file.delivered + file.dead + file.rejected;
  const isRead = file.state === 'done' || file.state === 'failed';
  const share = isRead ? 1 : file.bytes_read / Math.max(1, file.bytes);
  const expired = file.ledger_complete ? '' : ' (attempts expired)';
  const said = file.error ? [file.error] : file.warnings;
  const why = said.map(({ message }) => `: ${message}`).join('');
  const dead =
    file.dead > 0 ? `, ${number.format(file.dead)} of ${number.format(file.rows)} dead` : '';
  const passed =
    file.passed_over > 0
      ? `, ${number.format(file.passed_over)} of ${number.format(file.rows)} passed over`
      : '';
  const note = file.state + dead + passed + expired + why;
  // A file that is done was read to its end, which says nothing about its deliveries.
  const tone = dead || passed ? 'bad' : (TONE[file.state] ?? '');
  return [
    cell(file.name),
    cell(note, tone),
    bar(decided * share, file.rows),
    ...[file.rows, file.delivered, file.waiting, file.retrying, file.dead, file.rejected].map(
      count,
    ),
  ];
}

const when = (time) => new Date(time).toLocaleString();

/** Why an endpoint gets nothing, or what it answered last. */
function lastWord({ disabled_reason, failing_since, last_error, last_status }) {
  if (disabled_reason !== null) return disabled_reason;
  const said = last_error ?? (last_status === null ? '–' : `HTTP ${last_status}`);
  return failing_since === null ? said : `${said}; nothing accepted since ${when(failing_since)}`;
}

function consumerCells({ client_id: clientId, host, partitions, alarms }) {
  const owned = [...partitions].sort((a, b) => a - b).join(', ') || 'none';
  const said = alarms.map(({ kind, detail }) => `${kind}: ${detail}`).join('; ');
  return [cell(clientId), cell(host), cell(owned), cell(said || 'none', said ? 'bad text' : '')];
}

function show(status) {
  for (const total of document.querySelectorAll('.totals b')) {
    total.textContent = number.format(status.deliveries[total.id]);
  }
  const files = status.files.latest;
  at('files').hidden = files.length === 0;
  at('no-files').hidden = files.length > 0;
  rows('files', files.map(fileCells));
  const left = status.files.left_in_inbox;
  at('left').hidden = left.length === 0;
  rows(
    'left',
    left.map(({ name, message, since }) => [cell(name), cell(message, 'text'), cell(when(since))]),
  );
  rows(
    'endpoints',
    status.endpoints.map((one) => [
      cell(one.target),
      cell(one.state, TONE[one.state] ?? ''),
      cell(lastWord(one), 'text'),
      ...[one.rate, one.in_flight, one.waiting].map(count),
      cell(one.subscription ?? 'WEBHOOK_URL'),
    ]),
  );
  rows(
    'topics',
    status.topics.map((one) => [
      cell(one.topic.slice(one.topic.lastIndexOf('.') + 1)),
      ...[one.end, one.committed, one.lag, one.lag_seconds].map(count),
    ]),
  );
  at('no-consumers').hidden = status.consumers.length > 0;
  at('consumers').hidden = status.consumers.length === 0;
  rows('consumers', status.consumers.map(consumerCells));
  at('brokers').textContent = `Kafka: ${status.brokers.join(', ') || 'not seen yet'}`;
}

let deadLettersShown = '';

/** The newest; each can be put back by itself. Says whether they were to be had. */
async function showDeadLetters(total) {
  at('dead_lettered').parentElement.classList.toggle('some', total > 0);
  at('dead-letter-section').hidden = total === 0 && at('redrive-answer').textContent === '';
  if (at('dead-letter-section').hidden) return true;
  const answer = await ask(`/dead-letters?limit=${DEAD_LETTERS_SHOWN}`);
  if (!answer.ok) return false;
  const body = await answer.text();
  // Drawn anew, a button would lose the click that it is in the middle of.
  if (body === deadLettersShown) return true;
  deadLettersShown = body;
  rows('dead-letters', JSON.parse(body).dead_letters.map(deadLetterCells));
  return true;
}

function deadLetterCells({ id, user, subscription, error, attempts, died_at }) {
  const button = document.createElement('button');
  button.textContent = 'Redrive';
  button.addEventListener('click', () => void redrive(button, [id]));
  return [
    cell(id ?? 'no id'),
    cell(id === null ? '' : button),
    cell(error, 'clip'),
    count(attempts),
    cell(when(died_at)),
    cell(user ?? '–'),
    cell(subscription ?? 'WEBHOOK_URL'),
  ];
}

function health(text, tone) {
  at('health').textContent = text;
  at('health').className = tone;
}

async function refresh() {
  const answer = await ask('/status').catch(() => null);
  if (answer === null) return health('no answer; figures are from before', 'bad');
  at('key-form').hidden = answer.status !== 401;
  if (answer.status === 401) {
    const isWrong = sessionStorage.getItem(KEY_NAME) !== null;
    return isWrong
      ? health('this key is not accepted; it is one of API_KEYS that is asked for', 'bad')
      : health('this system asks for a key', 'wait');
  }
  if (!answer.ok) return health(`/status answers ${answer.status}`, 'bad');
  const status = await answer.json();
  show(status);
  const isComplete = await showDeadLetters(status.deliveries.dead_lettered);
  if (status.not_ready !== null) return health(status.not_ready, 'bad');
  if (status.loading) return health('reading the log of attempts; figures still grow', 'wait');
  if (!isComplete) return health('no answer on dead letters; these are from before', 'bad');
  health('ready', 'good');
}

async function loop() {
  try {
    await refresh();
  } catch (error) {
    // Not silent: a page that cannot show what it got must not pass for a system that is down.
    health(`this page failed: ${error.message}`, 'bad');
    console.error(error);
  }
  setTimeout(loop, REFRESH_MS);
}

at('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY_NAME, at('key').value);
  health('trying this key', 'wait');
});

/** @param ids of the dead letters; without it, all */
async function redrive(button, ids) {
  button.disabled = true;
  try {
    // However long it takes: the answer comes when the last one is put back.
    const body = JSON.stringify(ids ? { ids } : { filter: {} });
    const answer = await ask('/dead-letters/redrive', { method: 'POST', signal: null, body });
    const said = await answer.json();
    at('redrive-answer').textContent = answer.ok
      ? `${number.format(said.redriven)} put back`
      : said.detail;
  } catch {
    at('redrive-answer').textContent = 'no answer; try again, none is put back twice';
  }
  button.disabled = false;
}

at('redrive').addEventListener('click', () => {
  if (confirm('Put every dead letter back into delivery?')) void redrive(at('redrive'));
});

/** The attempts of the delivery of this id, newest first; else the latest deliveries of this user. */
async function search(asked) {
  const one = await ask(`/deliveries/${encodeURIComponent(asked)}`);
  const answer =
    one.status === 404 ? await ask(`/deliveries?limit=50&user=${encodeURIComponent(asked)}`) : one;
  const { attempts, deliveries, detail, ...delivery } = await answer.json();
  const made = attempts?.length > 0 ? attempts.toReversed() : attempts && [delivery];
  const found = made ?? [...(await unfinishedOf(asked)), ...(deliveries ?? [])];
  at('deliveries').hidden = found.length === 0;
  rows('deliveries', found.map(attemptCells));
  if (detail !== undefined) return detail;
  if (found.length === 0) return `nothing of ${asked} is known`;
  if (attempts?.length === 0) return `${asked} was not attempted yet`;
  return attempts ? `each attempt of ${asked}` : `the deliveries to ${asked}`;
}

/**
 * Returns the deliveries that wait in the log for a user; only the first ones, where there are very
 * many.
 */
async function unfinishedOf(user) {
  const found = [];
  for (const status of ['queued', 'waiting']) {
    const answer = await ask(
      `/deliveries?limit=50&status=${status}&user=${encodeURIComponent(user)}`,
    );
    if (answer.ok) found.push(...(await answer.json()).deliveries);
  }
  return found;
}

function attemptCells(one) {
  const { id, state, status, error, excerpt, attempt, last_attempt_at, at: madeAt } = one;
  const said = one.waiting_reason ?? error ?? (status === null ? '–' : `HTTP ${status}`);
  const time = madeAt ?? last_attempt_at ?? one.accepted_at;
  return [
    cell(id),
    cell(state, TONE[state] ?? ''),
    cell(excerpt ? `${said}: ${excerpt}` : said, 'clip'),
    count(attempt),
    cell(time ? when(time) : '–'),
    cell(one.user),
    cell(one.subscription ?? 'WEBHOOK_URL'),
  ];
}

at('search-form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const answer = await search(at('search').value.trim()).catch(() => 'no answer; try again');
  at('search-answer').textContent = answer;
});

loop();
