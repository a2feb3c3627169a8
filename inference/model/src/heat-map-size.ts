/** Longer side of a heat map in pixels: enough to see where, small enough to be listed by the dozen. */
export const HEAT_MAP_MAX_SIDE = 512;

/** Size of the heat map of an image region: its aspect, the longer side at most {@link HEAT_MAP_MAX_SIDE}. */
export function heatMapSizeOf(region: { width: number; height: number }): { width: number; height: number } {
  const factor = Math.min(1, HEAT_MAP_MAX_SIDE / Math.max(region.width, region.height));
  return {
    width: Math.max(1, Math.round(region.width * factor)),
    height: Math.max(1, Math.round(region.height * factor)),
  };
}
