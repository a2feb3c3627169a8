import type { ReportProgress } from '../parts/progress.js';
import { ProgressDisplay } from './progress-display.js';
import type { Terminal } from './terminal.js';

/** Shows how far some work has come, on the terminal's error side, until it ends. */
export async function withProgress<T>(terminal: Terminal, work: (report: ReportProgress) => Promise<T>): Promise<T> {
  const display = new ProgressDisplay({ write: terminal.err, ...terminal, tellsDetail: () => true });
  display.start();
  try {
    return await work((report) => display.report(report));
  } finally {
    display.stop();
  }
}
