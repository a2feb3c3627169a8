/** What one image may cost. Everything above is an `unreadable` finding, for the sender may be anybody. */
export interface DecodeLimits {
  maxBytes: number;
  /** width × height as the header says, checked before a pixel is unpacked */
  maxPixels: number;
  /** for formats that must be unpacked whole before a row can be read; the others pass through in strips */
  maxUnpackedBytes: number;
  /** for those that pass through in strips: they take no memory, but each byte takes time of those who wait */
  maxStreamedBytes: number;
  /**
   * of libvips working, whole seconds; waiting for a thread does not count. It looks at the clock once every 128 rows of
   * output, so this ends what is hopeless; what bounds the work of a single image are the three limits above.
   */
  timeoutSeconds: number;
}

export const DEFAULT_DECODE_LIMITS: DecodeLimits = {
  maxBytes: 64 * 1024 * 1024,
  maxPixels: 100_000_000,
  maxUnpackedBytes: 256 * 1024 * 1024,
  maxStreamedBytes: 300_000_000,
  timeoutSeconds: 10,
};
