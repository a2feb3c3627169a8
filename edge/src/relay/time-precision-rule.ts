export const TIME_PRECISIONS = ['exact', 'hour', 'day'] as const;
export type TimePrecision = (typeof TIME_PRECISIONS)[number];

const UNIT_MS: Record<TimePrecision, number> = { exact: 1, hour: 3_600_000, day: 86_400_000 };

/** The beginning of the hour or day (UTC) that a time lies in, ISO 8601. */
export function coarseTime(time: string | number, precision: TimePrecision): string {
  const unit = UNIT_MS[precision];
  return new Date(Math.floor(new Date(time).getTime() / unit) * unit).toISOString();
}
