import type { ReportProgress } from '../parts/progress.js';
import { inUnits } from './folder-size.js';
import type { OnBytes } from './hashed-file.js';

/** Reports a piece of work as under way, and as ready or failed when it ends. */
export async function reported<T>(
  report: ReportProgress,
  subject: string,
  detail: string,
  work: () => Promise<T>,
): Promise<T> {
  report({ subject, phase: 'working', detail });
  try {
    const result = await work();
    report({ subject, phase: 'ready', detail: '' });
    return result;
  } catch (error) {
    report({ subject, phase: 'failed', detail: 'failed' });
    throw error;
  }
}

/** Adds up bytes and reports them against the total, at each percent. */
export function byteProgress(report: ReportProgress, subject: string, doing: string, total: number): OnBytes {
  let done = 0;
  let told = -1;
  return (bytes) => {
    done += bytes;
    const percent = total === 0 ? 100 : Math.min(100, Math.floor((done / total) * 100));
    if (percent === told) return;
    told = percent;
    report({ subject, phase: 'working', detail: `${doing}: ${percent} % of ${inUnits(total)}` });
  };
}

/** The same, and a place at which a signal interrupts the work. @throws the signal's reason once it is aborted */
export function interruptibly(onBytes: OnBytes, signal: AbortSignal | undefined): OnBytes {
  return (bytes) => {
    signal?.throwIfAborted();
    onBytes(bytes);
  };
}
