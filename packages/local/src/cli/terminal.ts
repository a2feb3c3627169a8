/** Where commands write: replaced in tests. */
export interface Terminal {
  out: (text: string) => void;
  err: (text: string) => void;
  /** whether err is a terminal */
  isTerminal: boolean;
  /** whether out is a terminal that shows colours; NO_COLOR (https://no-color.org) says that it is not to */
  hasColours: boolean;
  columns: () => number;
}

export function processTerminal(): Terminal {
  // The reader of our output may go away (`hilum logs | head`); that is no failure.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    isTerminal: process.stderr.isTTY === true && process.env['TERM'] !== 'dumb',
    hasColours: process.stdout.isTTY === true && process.env['TERM'] !== 'dumb' && !process.env['NO_COLOR'],
    columns: () => process.stderr.columns ?? 80,
  };
}
