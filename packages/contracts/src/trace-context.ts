import { randomBytes } from 'node:crypto';

/** W3C Trace Context, level 1: https://www.w3.org/TR/trace-context/ */
export interface TraceContext {
  /** 32 lower-case hex digits, not all zero */
  traceId: string;
  /** 16 lower-case hex digits, not all zero */
  spanId: string;
  sampled: boolean;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Null for anything malformed; callers then begin a trace of their own, as the specification asks. */
export function parseTraceparent(value: string | null | undefined): TraceContext | null {
  const match = TRACEPARENT.exec((value ?? '').trim());
  if (match === null) return null;
  const [, version, traceId, spanId, flags, rest] = match;
  if (version === undefined || traceId === undefined || spanId === undefined || flags === undefined) return null;
  if (version === 'ff' || (version === '00' && rest !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceparent(context: TraceContext): string {
  return `00-${context.traceId}-${context.spanId}-${context.sampled ? '01' : '00'}`;
}

/** A new span in the given trace, or in a new trace when there is none. */
export function childSpan(parent: Pick<TraceContext, 'traceId'> | null): TraceContext {
  return { traceId: parent?.traceId ?? newTraceId(), spanId: randomBytes(8).toString('hex'), sampled: true };
}

function newTraceId(): string {
  return randomBytes(16).toString('hex');
}
