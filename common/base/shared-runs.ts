/**
 * Shares the runs of some work among its callers. There is one run at a time, and a caller gets the
 * end of one that begins after the call: what is under way may have missed what the caller wants.
 */
export function sharedRuns(work: () => Promise<void>): () => Promise<void> {
  let underWay = Promise.resolve();
  /** The one for all who call while another is under way. */
  let next: Promise<void> | null = null;
  return () => {
    next ??= underWay
      .catch(() => {})
      .then(() => {
        next = null;
        return (underWay = work());
      });
    return next;
  };
}
