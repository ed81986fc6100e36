/**
 * Resolves after a time, or at once when the signal aborts; then nothing of it is left at the
 * signal, which may outlive thousands of pauses.
 *
 * @param {number} ms @param {AbortSignal} ending @returns {Promise<void>}
 */
export function pause(ms, ending) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      ending.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    ending.addEventListener('abort', end);
  });
}
