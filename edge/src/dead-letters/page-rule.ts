import type { OffsetRange } from '@hilum/runtime';
import type { DeadLetterId } from './dead-letter-id.js';

/** What of the topic lies behind a dead letter, in the order of a list: by partition, then by offset. */
export function rangesAfter(ranges: readonly OffsetRange[], after: DeadLetterId | null): OffsetRange[] {
  if (after === null) return [...ranges];
  return ranges
    .filter(({ partition }) => partition >= after.partition)
    .map((range) =>
      range.partition === after.partition ? { ...range, from: Math.max(range.from, after.offset + 1) } : range,
    );
}

/** The first places of the ranges, in their order. */
export function firstIds(ranges: readonly OffsetRange[], limit: number): DeadLetterId[] {
  const ids: DeadLetterId[] = [];
  for (const { partition, from, to } of ranges)
    for (let offset = from; offset < to && ids.length < limit; offset += 1) ids.push({ partition, offset });
  return ids;
}

/** One range for each partition that holds all of these. */
export function rangesAround(ids: readonly DeadLetterId[]): OffsetRange[] {
  const ranges = new Map<number, OffsetRange>();
  for (const { partition, offset } of ids) {
    const range = ranges.get(partition) ?? { partition, from: offset, to: offset + 1 };
    ranges.set(partition, {
      partition,
      from: Math.min(range.from, offset),
      to: Math.max(range.to, offset + 1),
    });
  }
  return [...ranges.values()];
}
