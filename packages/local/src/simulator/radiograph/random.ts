/** A seeded source of numbers: the same seed gives the same radiograph on every machine. */
export interface Random {
  /** uniform, 0 <= value < 1 */
  unit(): number;
  /** uniform, min <= value < max */
  between(min: number, max: number): number;
  /** normal distribution with mean 0 and standard deviation 1 */
  normal(): number;
  /** whole number, min <= value <= max */
  whole(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
}

/**
 * Radiographs of seeds below this are all different: of a source's 32 bits, 6 tell the parts of one from each other. From
 * here on the same ones come again.
 */
export const RADIOGRAPH_SEEDS = 2 ** 26;

/** The end of MurmurHash3 (public domain, Austin Appleby): without it neighbouring seeds would begin alike. */
function scattered(seed: number): number {
  let h = (seed ^ 0x5bf03635) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** mulberry32 (public domain, Tommy Ettinger): 32 bits of state are plenty for pictures, and it is fast. */
export function seededRandom(seed: number): Random {
  let state = scattered(seed);
  const unit = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    unit,
    between: (min, max) => min + (max - min) * unit(),
    normal: () => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit()),
    whole: (min, max) => min + Math.floor((max - min + 1) * unit()),
    chance: (probability) => unit() < probability,
    pick: (items) => {
      const item = items[Math.floor(unit() * items.length)];
      if (item === undefined) throw new RangeError('cannot pick from an empty list');
      return item;
    },
  };
}

/** The items in a random order; the argument stays as it is. */
export function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  return items
    .map((item) => ({ item, order: random.unit() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
