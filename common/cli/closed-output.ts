/**
 * Calls `stop` when the reader of standard output or standard error has gone, as behind
 * `| head`. Without a listener Node would end the process with the trace of an EPIPE.
 *
 * @param stop is called for each write that found no reader
 */
export function onClosedOutput(stop: () => void): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      stop();
    });
  }
}
