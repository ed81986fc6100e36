/** The other side has closed the connection. */
export class ConnectionClosedError extends Error {
  override readonly name = 'ConnectionClosedError';
  readonly code = 'connection_closed';

  constructor() {
    super('closed without an answer');
  }
}
