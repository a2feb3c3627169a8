/** What came of one attempt to hand a record to the sink. */
export type DeliveryOutcome =
  | { kind: 'answer'; status: number; retryAfterMs: number | null; problem: ProblemSummary | null }
  /** refused, unknown host, TLS, connect timeout: the sink has not seen the record */
  | { kind: 'no-connection' }
  /** connected, but the connection was lost before an answer: the sink went away with the record in hand */
  | { kind: 'broken' }
  /** connected, but no answer within the time for a delivery; others: images sent after it that were scored meanwhile */
  | { kind: 'no-answer'; hasSinkAnsweredOthers: boolean };

/** The fields of an RFC 9457 problem that go into a dead letter. */
export interface ProblemSummary {
  code: string | null;
  detail: string | null;
}

export const DELIVERY_VERDICTS = ['delivered', 'wait', 'retry', 'dead-letter'] as const;
/**
 * delivered: commit. wait: the sink is away; pause everything, for as long as it takes. retry: this record failed;
 * again with backoff, a bounded number of times, then give it up. dead-letter: trying again cannot help.
 */
export type DeliveryVerdict = (typeof DELIVERY_VERDICTS)[number];

/** Statuses by which a sink, or a proxy in front of it, says that it cannot work now, whatever the record. */
const AWAY_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * The delivery rule of the design, the only place where an answer becomes a verdict; the KafkaSource manifest holds
 * the same numbers.
 *
 * A delivery that is not answered in time is ambiguous. A sink that answers nobody is away, and waiting costs nothing;
 * dead-lettering there would empty the queue into the dead letters within minutes. A sink that scored others
 * meanwhile is well, so it is this record that hangs it, and waiting for ever would hold up all behind it.
 *
 * A connection that breaks is a sink that went away, so it waits. That it was this record which made it go away is for
 * `give-up-rule.ts` to find out, which is slower to believe it.
 *
 * A redirect is a wrong address, never the record's fault; so it waits until somebody mends the configuration.
 */
export function deliveryVerdict(outcome: DeliveryOutcome): DeliveryVerdict {
  if (outcome.kind === 'no-connection' || outcome.kind === 'broken') return 'wait';
  if (outcome.kind === 'no-answer') return outcome.hasSinkAnsweredOthers ? 'retry' : 'wait';
  const { status } = outcome;
  if (status >= 200 && status < 300) return 'delivered';
  if (AWAY_STATUSES.has(status)) return 'wait';
  if (status >= 500) return 'retry';
  if (status >= 400) return 'dead-letter';
  return 'wait';
}
