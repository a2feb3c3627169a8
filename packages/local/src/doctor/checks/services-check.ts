import { AwayError } from '../adapters/away-error.js';
import { askHttp, type HttpAnswer } from '../adapters/http-question.js';
import { HUB, combine, failed, ok, skipped, warning, type Check, type Finding } from '../check.js';
import { processRecord, whyNotRunning, type Examination } from '../examination.js';
import { downSince, lastHeardOf } from '../hub-memory.js';
import { notAnswering, processDownSince, processFix } from '../process-trouble.js';

/** What an answer of `/readyz` says. */
export function readinessFinding(examination: Examination, name: string, { status, text }: HttpAnswer): Finding {
  if (status === 200) return ok(name);
  const trouble = { since: processDownSince(examination, name), fix: processFix(examination, name) };
  if (status !== 503) return failed(`${name} answers ${status} when asked whether it is ready`, trouble);
  return warning(`${name} is not ready: ${waitingFor(text)}`, trouble);
}

function waitingFor(text: string): string {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    if (typeof detail === 'string') return detail;
  } catch {
    // not ours, or cut short
  }
  return 'it does not say why';
}

/** Where the HTTP services of an owner are, by process name; only those that were started. */
export function serviceUrls(examination: Examination, subject: string): Map<string, string> {
  const names = subject === HUB ? ['hub'] : ['edge', 'dispatcher', 'inference'].map((kind) => `${subject}-${kind}`);
  const ports = examination.config?.ports ?? {};
  return new Map(
    names.flatMap((name) => {
      const port = ports[name];
      return port === undefined || processRecord(examination, name) === null
        ? []
        : [[name, `http://127.0.0.1:${port}`]];
    }),
  );
}

/** Hilum's own services of one owner answer, and say that they can work. */
export function servicesCheck(examination: Examination, subject: string): Check {
  return {
    name: 'services',
    subject,
    run: async (signal) => {
      const why = whyNotRunning(examination);
      if (why !== null) return skipped(why);
      const urls = serviceUrls(examination, subject);
      if (urls.size === 0) return skipped("Hilum's own services were not started");
      const findings = await Promise.all(
        [...urls].map(async ([name, url]) => {
          try {
            return readinessFinding(examination, name, await askHttp(name, `${url}/readyz`, signal));
          } catch (error) {
            if (!(error instanceof AwayError)) throw error;
            return notAnswering(examination, name, error, () => sinceOf(examination, subject, name, signal));
          }
        }),
      );
      return combine(findings, `${[...urls.keys()].join(', ')} ${urls.size === 1 ? 'is' : 'are'} ready`);
    },
  };
}

/** The edge was last heard of at the hub; that the scoring service does not answer is what the edge tells. */
function sinceOf(
  examination: Examination,
  subject: string,
  name: string,
  signal: AbortSignal,
): Promise<string | null> | null {
  if (name === `${subject}-edge`) return lastHeardOf(examination, subject, signal);
  return name === `${subject}-inference` ? downSince(examination, subject, 'inference', signal) : null;
}
