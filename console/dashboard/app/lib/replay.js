// What is said of replays. Pure.

/** Body of a replay, from the values of its form. @param {Record<string, string>} values */
export function replayBody(values) {
  const { from, to, subscription, user, topic, partition, rate } = values;
  return {
    from: from ?? 'earliest',
    ...(to !== undefined && { to }),
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
