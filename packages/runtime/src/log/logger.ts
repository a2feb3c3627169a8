import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

/**
 * One JSON line per entry, on stdout unless told otherwise. ERROR means that a person must act; what heals itself is
 * WARN. Object keys, file names and payloads are never logged: they may carry a patient's name.
 */
export function createLogger(options: {
  process: string;
  level: string;
  site?: string | undefined;
  destination?: DestinationStream;
}): Logger {
  const base =
    options.site === undefined ? { process: options.process } : { process: options.process, site: options.site };
  return pino(
    {
      level: options.level,
      base,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: safeError },
    },
    options.destination ?? standardOutput(),
  );
}

/** Synchronous, so that the last lines before an exit are not lost. */
function standardOutput(): DestinationStream {
  return { write: (line: string) => void process.stdout.write(line) };
}

/** What of an error is safe and useful: library errors may carry whole requests, and those carry keys and headers. */
function safeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: 'not an Error' };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' ? { code } : {}),
    stack: error.stack
      ?.split('\n')
      .slice(1, 6)
      .map((line) => line.trim()),
    ...(error.cause instanceof Error ? { cause: safeError(error.cause) } : {}),
  };
}
