import { drawRadiograph } from './radiograph/draw-radiograph.js';
import { seededRandom } from './radiograph/random.js';
import type { ImageSource, SimulatedImage } from './simulated-image.js';

/**
 * Up to so many a minute each image is drawn anew, so that no patient of one hospital comes to another. Drawing takes a
 * tenth of a second of a processor; what is above this would cost the servers beside it more than a fifth of one.
 */
const MOST_DRAWN_PER_MINUTE = 120;

/** Who wishes for more, as load tests do, gets a set of so many over and over: as many as memory has room for. */
const KEPT_DRAWINGS = 500;

/** About as in a busy emergency department in winter. */
const PNEUMONIA_SHARE = 0.35;

/** Synthetic radiographs, each drawn when its turn comes; none comes twice but at rates that drawing cannot keep up with. */
export class DrawnImages implements ImageSource {
  readonly #seed: number;
  /** how many are kept and sent again; 0: each is another */
  readonly #repeated: number;
  readonly #kept: SimulatedImage[] = [];
  #position = 0;

  constructor(options: { seed: number; ratePerMinute: number; kept?: number }) {
    this.#seed = options.seed;
    this.#repeated = options.ratePerMinute > MOST_DRAWN_PER_MINUTE ? (options.kept ?? KEPT_DRAWINGS) : 0;
  }

  async next(): Promise<SimulatedImage> {
    const position = this.#position;
    this.#position += 1;
    if (this.#repeated === 0) return this.#draw(position);
    return (this.#kept[position % this.#repeated] ??= await this.#draw(position));
  }

  async #draw(position: number): Promise<SimulatedImage> {
    const seed = this.#seed + position;
    const finding = seededRandom(seed).chance(PNEUMONIA_SHARE) ? 'pneumonia' : 'normal';
    const { jpeg, patient } = await drawRadiograph({ seed, finding });
    return { bytes: jpeg, contentType: 'image/jpeg', patient };
  }
}
