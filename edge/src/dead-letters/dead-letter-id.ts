import type { OffsetRange } from '@hilum/runtime';

/** Where a dead letter lies in its topic. */
export interface DeadLetterId {
  partition: number;
  offset: number;
}

/** `<partition>-<offset>`, such as `0-17`. */
export function formatDeadLetterId({ partition, offset }: DeadLetterId): string {
  return `${partition}-${offset}`;
}

/** Null for anything that {@link formatDeadLetterId} does not write. */
export function parseDeadLetterId(text: string): DeadLetterId | null {
  const [, partition, offset] = /^(0|[1-9]\d{0,8})-(0|[1-9]\d{0,14})$/.exec(text) ?? [];
  return partition === undefined || offset === undefined
    ? null
    : { partition: Number(partition), offset: Number(offset) };
}

export function isWithin(ranges: readonly OffsetRange[], { partition, offset }: DeadLetterId): boolean {
  return ranges.some((range) => range.partition === partition && offset >= range.from && offset < range.to);
}
