import type { paths } from '../api-schema';
import { beginOfDay } from './compliance-view';

const PATH = '/api/v1/evidence' satisfies keyof paths;
const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
/** As the hub allows it. */
const MOST_DAYS = 400;

/** Days in the viewer's time zone, YYYY-MM-DD; the last one is within. */
export interface EvidencePeriod {
  from: string;
  to: string;
}

/** A day of the viewer's time zone. */
export function dayOf(ms: number): string {
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The last thirty days, with today. */
export function defaultPeriod(now: number): EvidencePeriod {
  return { from: dayOf(now - (DEFAULT_DAYS - 1) * DAY_MS), to: dayOf(now) };
}

/** What is wrong with a period, for the person who chose it; null when nothing is. */
export function evidenceProblem({ from, to }: EvidencePeriod, now: number): string | null {
  if (from === '' || to === '') return 'Choose both days.';
  if (from > to) return 'The first day must not be later than the last.';
  if (to > dayOf(now)) return 'The last day must not be in the future: what will happen is not known.';
  const days = (Date.parse(beginOfDay(to, 1)) - Date.parse(beginOfDay(from))) / DAY_MS;
  return days > MOST_DAYS ? `A pack is of at most ${MOST_DAYS} days: ask for several periods.` : null;
}

/** Where the pack of a period is. Of today it ends with the moment that it is asked for. */
export function evidenceAddress({ from, to }: EvidencePeriod, now: number): string {
  const query = new URLSearchParams({ since: beginOfDay(from) });
  if (to < dayOf(now)) query.set('until', beginOfDay(to, 1));
  return `${PATH}?${query.toString()}`;
}
