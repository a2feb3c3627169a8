import type { Period } from './ledger-tables.js';

const DAY_MS = 86_400_000;
/** Periods that are made before they begin. */
const AHEAD: Record<Period, number> = { day: 3, month: 2 };

/** Begin of the UTC day or month that a time lies in, or of one `steps` later. All times in milliseconds since the epoch. */
export function periodStart(period: Period, at: number, steps = 0): number {
  const date = new Date(at);
  return period === 'day'
    ? Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + steps)
    : Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + steps, 1);
}

/**
 * Rows before this have expired. It is the begin of a period, so that a partition expires as a whole: rows are kept for
 * the days promised, and for up to one period more.
 */
export function floorOf(period: Period, now: number, days: number): number {
  return periodStart(period, now - days * DAY_MS);
}

/** The end of the last period that is made ahead of time; what is later waits in the default partition. */
export function aheadEnd(period: Period, now: number): number {
  return periodStart(period, now, AHEAD[period] + 1);
}

/** The begins of the periods from the current one on that there should be already. */
export function periodsAhead(period: Period, now: number): number[] {
  return Array.from({ length: AHEAD[period] + 1 }, (_, steps) => periodStart(period, now, steps));
}

/** Such as `results_2026_05`, `heartbeats_2026_05_04`. */
export function partitionName(table: string, period: Period, start: number): string {
  const day = new Date(start).toISOString().slice(0, period === 'day' ? 10 : 7);
  return `${table}_${day.replaceAll('-', '_')}`;
}

/** The begin of the period that a partition is named after; null when it is no such name. */
export function periodOfPartition(table: string, period: Period, name: string): number | null {
  const parts = /^_(\d{4})_(\d{2})(?:_(\d{2}))?$/.exec(name.startsWith(table) ? name.slice(table.length) : '');
  if (parts === null || (parts[3] === undefined) !== (period === 'month')) return null;
  return Date.UTC(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3] ?? 1));
}
