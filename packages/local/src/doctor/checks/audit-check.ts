import { commandLine } from '../../parts/command-line.js';
import { askHttp } from '../adapters/http-question.js';
import { combine, failed, HUB, skipped, warning, type Check, type Finding } from '../check.js';
import { processRecord, whyNotRunning, type Examination } from '../examination.js';
import { metricValue } from '../metric-value.js';

/** The hub anchors once a day; as its alert has it, half a day later somebody should look. */
const ANCHOR_OLD_SECONDS = 36 * 3600;
/** A hub that has just been started may still owe the anchor of the days that it was off. */
const START_MS = 180_000;
/** Chained within a second or two, unless something holds it up. */
const MANY_WAITING = 1_000;

/** How the hub says that its audit stands; null where it does not say. */
export interface AuditSigns {
  isIntact: boolean | null;
  /** the last row of the chain, 0 when there is none */
  position: number | null;
  waiting: number | null;
  /** of the last anchor, seconds since the epoch; 0 when there is none */
  anchoredAt: number | null;
}

/** @param startedAt when the hub service was started; null when that is not known */
export function auditFinding(examination: Examination, signs: AuditSigns, startedAt: Date | null): Finding {
  const { isIntact, position, waiting, anchoredAt } = signs;
  if (isIntact === null || position === null || waiting === null || anchoredAt === null)
    return skipped('the hub does not say how its audit stands');
  const now = examination.now().getTime();
  const logs = commandLine(examination, 'logs hub');
  const findings: Finding[] = [];
  if (!isIntact)
    findings.push(
      failed('the audit of the hub is not what it was when it was chained: rows were changed or are gone', {
        fix: commandLine(examination, 'audit verify'),
      }),
    );
  if (waiting > MANY_WAITING)
    findings.push(warning(`${waiting} entries of the audit wait to be chained`, { fix: logs }));
  const isNew = startedAt !== null && now - startedAt.getTime() < START_MS;
  if (isIntact && position > 0 && !isNew && now / 1000 - anchoredAt > ANCHOR_OLD_SECONDS)
    findings.push(
      warning(
        anchoredAt === 0
          ? 'the audit of the hub was never anchored in its store'
          : 'the audit of the hub was not anchored in its store for a day and a half',
        {
          since: anchoredAt === 0 ? null : new Date(anchoredAt * 1000).toISOString(),
          fix: `${commandLine(examination, 'audit anchor')}\n${logs}`,
        },
      ),
    );
  return combine(
    findings,
    `${position} entries are chained, ${position === 0 ? 'so there is nothing to anchor' : 'and anchored'}`,
  );
}

/** The hub's audit is whole, as the hub itself last checked, and anchored. `hilum audit verify` checks every row. */
export function auditCheck(examination: Examination): Check {
  return {
    name: 'audit',
    subject: HUB,
    run: async (signal) => {
      const why = whyNotRunning(examination, 'hub');
      const { state } = examination;
      if (why !== null || state === null) return skipped(why ?? 'it is not running');
      const { text } = await askHttp('hub', `${state.hub.url}/metrics`, signal);
      const intact = metricValue(text, 'hilum_hub_audit_intact');
      const startedAt = processRecord(examination, 'hub')?.startedAt ?? null;
      return auditFinding(
        examination,
        {
          isIntact: intact === null ? null : intact === 1,
          position: metricValue(text, 'hilum_hub_audit_chain_position'),
          waiting: metricValue(text, 'hilum_hub_audit_waiting_entries'),
          anchoredAt: metricValue(text, 'hilum_hub_audit_anchor_timestamp_seconds'),
        },
        startedAt === null ? null : new Date(startedAt),
      );
    },
  };
}
