/** How much of the uploads under way is held in memory, against a limit for all of them together. */
export class UploadMemory {
  readonly #limitBytes: number;
  #usedBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** A function that gives the bytes back, or null when there is no room. */
  reserve(bytes: number): (() => void) | null {
    if (this.#usedBytes + bytes > this.#limitBytes) return null;
    this.#usedBytes += bytes;
    let isHeld = true;
    return () => {
      if (isHeld) this.#usedBytes -= bytes;
      isHeld = false;
    };
  }
}
