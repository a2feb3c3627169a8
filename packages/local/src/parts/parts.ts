import { kafkaJars } from './kafka-part.js';
import { postgresPrograms, type PostgresPrograms } from './postgres-part.js';
import type { ReportProgress } from './progress.js';
import { storeBinary } from './store-part.js';

/** The servers' programs; each promise is settled as soon as that part is there. */
export interface Parts {
  kafkaJars: Promise<string>;
  storeBinary: Promise<string>;
  postgres: Promise<PostgresPrograms>;
}

/** Begins to fetch everything at once, so that what is there first can start first. */
export function fetchParts(cacheDir: string, report: ReportProgress, signal: AbortSignal): Parts {
  const told = <T>(subject: string, part: Promise<T>): Promise<T> => {
    const withReport = part.then(
      (value) => {
        report({ subject, phase: 'ready', detail: '' });
        return value;
      },
      (error: unknown) => {
        report({ subject, phase: 'failed', detail: error instanceof Error ? error.message : String(error) });
        throw error;
      },
    );
    // Whoever needs the part handles its failure; until then it must not count as unhandled.
    withReport.catch(() => undefined);
    return withReport;
  };
  return {
    kafkaJars: told('part kafka', kafkaJars(cacheDir, report, signal)),
    storeBinary: told('part store', storeBinary(cacheDir, report, signal)),
    postgres: told('part postgres', postgresPrograms()),
  };
}
