/**
 * Handles items with bounded concurrency; items that share an order key one after another, in order. Starts nothing
 * new once the signal aborts or an item has failed; resolves (or rejects with the first failure) when all that was
 * started has ended.
 */
export async function mapBounded<Item>(
  items: readonly Item[],
  options: {
    concurrency: number;
    orderKeyOf: (item: Item) => string | null;
    signal: AbortSignal;
    each: (item: Item) => Promise<void>;
  },
): Promise<void> {
  const lanes = lanesOf(items, options.orderKeyOf);
  let failure: { error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift()) {
      for (const item of lane) {
        if (options.signal.aborted || failure !== undefined) return;
        try {
          await options.each(item);
        } catch (error) {
          failure ??= { error };
        }
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, options.concurrency) }, worker));
  if (failure !== undefined) throw failure.error;
}

/** Items without a key are lanes of their own; lanes keep the order of their first item. */
function lanesOf<Item>(items: readonly Item[], orderKeyOf: (item: Item) => string | null): Item[][] {
  const lanes: Item[][] = [];
  const byKey = new Map<string, Item[]>();
  for (const item of items) {
    const key = orderKeyOf(item);
    const existing = key === null ? undefined : byKey.get(key);
    if (existing !== undefined) {
      existing.push(item);
      continue;
    }
    const lane = [item];
    lanes.push(lane);
    if (key !== null) byKey.set(key, lane);
  }
  return lanes;
}
