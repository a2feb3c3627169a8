/** What one clock told, between two looks at ours; all in milliseconds since the epoch. */
export interface ClockReading {
  of: string;
  askedAtMs: number;
  answeredAtMs: number;
  theirsMs: number;
  /** 1000 for a clock that tells whole seconds, cut off */
  resolutionMs: number;
}

/** How far a clock is from ours at least, signed: what asking took and what was cut off is given to it. */
export function clockOffsetMs({ askedAtMs, answeredAtMs, theirsMs, resolutionMs }: ClockReading): number {
  const most = theirsMs + resolutionMs - askedAtMs;
  const least = theirsMs - answeredAtMs;
  if (least > 0) return least;
  return most < 0 ? most : 0;
}
