import { commandLine } from '../../parts/command-line.js';
import { withDatabase } from '../adapters/database-session.js';
import { combine, ok, skipped, warning, type Check, type Finding } from '../check.js';
import { processRecord, siteState, whyNotRunning, type Examination } from '../examination.js';

export interface NotificationCounts {
  /** given up after three days of tries */
  failed: number;
  /** since when, ISO 8601 */
  failedSince: string | null;
  /** the receiver wants no more (410) */
  refused: number;
  pending: number;
}

/** @param isConfigured null when that cannot be seen */
export function webhookFinding(
  examination: Examination,
  site: string,
  counts: NotificationCounts,
  isConfigured: boolean | null,
): Finding {
  const { failed, failedSince, refused, pending } = counts;
  const fix = `look at what HILUM_EDGE_WEBHOOK_URL names; ${commandLine(examination, `logs ${site}-edge`)}`;
  const findings: Finding[] = [];
  if (failed > 0)
    findings.push(
      warning(`staff were not told of ${count(failed)} by webhook: it never answered`, {
        since: failedSince,
        fix,
      }),
    );
  if (refused > 0) findings.push(warning(`the receiver of the webhook refused ${count(refused)} (410)`, { fix }));
  if (isConfigured === false)
    return combine(findings, 'no webhook is set: staff learn of urgent findings from the list alone');
  return combine(
    findings,
    `${isConfigured === null ? '' : 'a webhook is set; '}${count(pending)} ${pending === 1 ? 'waits' : 'wait'} to be told`,
  );
}

function count(findings: number): string {
  return `${findings} urgent ${findings === 1 ? 'finding' : 'findings'}`;
}

/** Urgent findings reach whoever is to be told of them. */
export function webhookCheck(examination: Examination, site: string): Check {
  return {
    name: 'webhook',
    subject: site,
    run: async (signal) => {
      const edge = `${site}-edge`;
      const why = whyNotRunning(examination, edge);
      const access = siteState(examination, site);
      if (why !== null || access === null) return skipped(why ?? 'it is not running');
      return withDatabase(`the database of ${site}`, access.databaseUrl, signal, async (db) => {
        const [row] = await db.rows<{ failed: number; since: Date | null; refused: number; pending: number }>(
          `select count(*) filter (where state = 'failed')::float8 as failed,
                  min(ended_at) filter (where state = 'failed') as since,
                  count(*) filter (where state = 'refused')::float8 as refused,
                  count(*) filter (where state = 'pending')::float8 as pending
             from notifications`,
        );
        if (row === undefined) return ok('nothing to tell');
        const pid = processRecord(examination, edge)?.pid ?? null;
        const isConfigured =
          pid === null ? null : (examination.table?.hasVariable(pid, 'HILUM_EDGE_WEBHOOK_URL') ?? null);
        const { failed, since, refused, pending } = row;
        const counts = { failed, failedSince: since?.toISOString() ?? null, refused, pending };
        return webhookFinding(examination, site, counts, isConfigured);
      });
    },
  };
}
