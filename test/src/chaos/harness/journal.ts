import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** An upload that the hospital's side acknowledged: from here on it must not be lost. */
export interface AcknowledgedUpload {
  site: string;
  /** `s3`: ref is the object's key; `http`: ref is the image's id, as the edge told it */
  way: 's3' | 'http';
  ref: string;
  /** of the bytes sent, hex */
  sha256: string;
  /** ISO 8601 UTC */
  acknowledgedAt: string;
}

/** What was promised to the uploaders. Also written to a file, line by line, for whoever looks into a failure. */
export class Journal {
  readonly #file: string;
  readonly #uploads: AcknowledgedUpload[] = [];

  constructor(file: string) {
    this.#file = file;
    mkdirSync(dirname(file), { recursive: true });
  }

  acknowledged(upload: Omit<AcknowledgedUpload, 'acknowledgedAt'>): void {
    const entry = { ...upload, acknowledgedAt: new Date().toISOString() };
    this.#uploads.push(entry);
    appendFileSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  get uploads(): readonly AcknowledgedUpload[] {
    return this.#uploads;
  }

  countOf(site: string): number {
    return this.#uploads.filter((upload) => upload.site === site).length;
  }
}
