/** A server did not answer: not reached, refused, hung, or it did not let us in. */
export class AwayError extends Error {
  readonly reason: string;

  /** @param what such as "the broker of st-agnes" */
  constructor(what: string, reason: string, options?: ErrorOptions) {
    super(`${what} does not answer (${reason})`, options);
    this.name = 'AwayError';
    this.reason = reason;
  }
}

/** The shortest honest name of why something failed: the system's code, else the message. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'no answer in time';
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (typeof code === 'string' && /^E[A-Z]+$/.test(code)) return code;
  // Libraries name the inside of what did not come back; that it did not is all a person needs.
  if (/tim(e|ed) ?out/i.test(error.message)) return 'no answer in time';
  if (cause instanceof Error) return reasonOf(cause);
  return error.message === '' ? error.name : error.message;
}
