import { drawRadiograph } from './radiograph/draw-radiograph.js';
import { seededRandom } from './radiograph/random.js';
import type { ImageSource, SimulatedImage } from './simulated-image.js';

/** After so many the set is sent again: drawing costs a processor's time, which the servers beside it need. */
export const DISTINCT_DRAWINGS = 500;

/** About as in a busy emergency department in winter. */
const PNEUMONIA_SHARE = 0.35;

/** Synthetic radiographs, each drawn when its turn comes. */
export class DrawnImages implements ImageSource {
  readonly #seed: number;
  readonly #distinct: number;
  readonly #drawn: SimulatedImage[] = [];
  #position = 0;

  constructor(options: { seed: number; distinct?: number }) {
    this.#seed = options.seed;
    this.#distinct = options.distinct ?? DISTINCT_DRAWINGS;
  }

  async next(): Promise<SimulatedImage> {
    const position = this.#position % this.#distinct;
    this.#position += 1;
    return (this.#drawn[position] ??= await this.#draw(position));
  }

  async #draw(position: number): Promise<SimulatedImage> {
    const seed = this.#seed + position;
    const finding = seededRandom(seed).chance(PNEUMONIA_SHARE) ? 'pneumonia' : 'normal';
    const { jpeg, patient } = await drawRadiograph({ seed, finding });
    return { bytes: jpeg, contentType: 'image/jpeg', patient };
  }
}
