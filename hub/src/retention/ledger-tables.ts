export type Period = 'day' | 'month';

/** A partitioned table of the ledger. */
export interface LedgerTable {
  name: string;
  /** the column it is partitioned by: a time of the event itself, so that an event always belongs to the same partition */
  time: string;
  period: Period;
  /** where the ids of its rows are kept, if it has them */
  ids?: string;
  /** whether rows say when they arrived */
  hasReceivedAt: boolean;
  /** whose days of retention it shares */
  kind: RetentionKind;
  /** rows are never deleted, but for whole partitions that an anchor covers (hub/src/audit/anchoring.ts) */
  isAppendOnly?: true;
}

export const RETENTION_KINDS = ['results', 'feedback', 'heartbeats', 'audit', 'compliance'] as const;
export type RetentionKind = (typeof RETENTION_KINDS)[number];

/** Sums are kept as long as the results they are of: a summary never counts what cannot be looked at. */
export const LEDGER_TABLES: readonly LedgerTable[] = [
  { name: 'results', time: 'scored_at', period: 'month', ids: 'result_ids', hasReceivedAt: true, kind: 'results' },
  { name: 'site_hours', time: 'hour', period: 'month', hasReceivedAt: false, kind: 'results' },
  { name: 'site_days', time: 'day', period: 'month', hasReceivedAt: false, kind: 'results' },
  { name: 'feedback', time: 'at', period: 'month', ids: 'feedback_ids', hasReceivedAt: true, kind: 'feedback' },
  { name: 'heartbeats', time: 'at', period: 'day', hasReceivedAt: true, kind: 'heartbeats' },
  {
    name: 'audit',
    time: 'chained_at',
    period: 'month',
    ids: 'audit_ids',
    hasReceivedAt: false,
    kind: 'audit',
    isAppendOnly: true,
  },
  {
    name: 'policy_transitions',
    time: 'at',
    period: 'month',
    ids: 'policy_event_ids',
    hasReceivedAt: false,
    kind: 'compliance',
  },
];
