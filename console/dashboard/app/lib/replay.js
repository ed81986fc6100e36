// What is said of replays, and of places in the log. Pure.

const UNITS = [
  { name: 's', pattern: /^s(ec(ond)?s?)?$/i, ms: 1_000 },
  { name: 'm', pattern: /^m(in(ute)?s?)?$/i, ms: 60_000 },
  { name: 'h', pattern: /^h((ou)?rs?)?$/i, ms: 3_600_000 },
  { name: 'd', pattern: /^d(ays?)?$/i, ms: 86_400_000 },
];

/** Number and unit of a time back, such as `10m`, `last 10 min` or `2 hours ago`; else null. */
function backOf(text) {
  const found = /^(?:the )?(?:last |past )?(\d+) ?([a-z]+)(?: ago)?$/i.exec(text.trim());
  const unit = found && UNITS.find(({ pattern }) => pattern.test(found[2]));
  return unit ? { number: Number(found[1]), unit } : null;
}

/** A place in the log as people write it, as the API takes it: `last 10 min` is `10m`. */
export function placeText(text) {
  const back = backOf(text);
  return back ? `${back.number}${back.unit.name}` : text;
}

/** When a place is, ms since 1970; NaN: it is no time. @param nowMs what is counted back from */
export function placeMs(text, nowMs) {
  const back = backOf(text);
  return back ? nowMs - back.number * back.unit.ms : Date.parse(text);
}

/** Places that a field offers where something begins in the log. */
export const PLACES = [
  ['10m', 'the last 10 minutes'],
  ['1h', 'the last hour'],
  ['24h', 'the last 24 hours'],
  ['earliest', 'all that the log holds'],
];

/** Body of a replay, from the values of its form. @param {Record<string, string>} values */
export function replayBody(values) {
  const { from, to, subscription, user, topic, partition, rate } = values;
  return {
    from: placeText(from ?? ''),
    ...(to !== undefined && { to: placeText(to) }),
    ...(subscription !== undefined && { subscription }),
    ...(user !== undefined && { user }),
    ...(topic !== undefined && { topic }),
    ...(partition !== undefined && { partition: Number(partition) }),
    ...(rate !== undefined && { rate: Number(rate) }),
  };
}

/** The window that two marks on the time line mean, whichever came first. */
export function windowOf(aMs, bMs) {
  const [from, to] = aMs <= bMs ? [aMs, bMs] : [bMs, aMs];
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

/** What a replay is of, in words. */
export function replayName({ from, to, subscription, user, topic, partition }) {
  const parts = [
    `from ${from}`,
    `to ${to ?? 'the end'}`,
    subscription && `of ${subscription === 'default' ? 'the default endpoint' : subscription}`,
    user && `of user ${user}`,
    topic && `in ${topic}`,
    partition !== null && partition !== undefined && `in partition ${partition}`,
  ];
  return parts.filter(Boolean).join(' ');
}
