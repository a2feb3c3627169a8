import { createHash, createHmac, randomBytes } from 'node:crypto';
import {
  childSpan,
  formatTraceparent,
  imageIdOf,
  ownKey,
  type Priority,
  type SiteKey,
  type TraceContext,
} from '@hilum/contracts';
import { Problem, type ObjectStore } from '@hilum/runtime';
import type { UploadStore } from './upload-store.js';

export interface UploadedImage {
  body: Buffer;
  contentType: string;
}

export interface Upload {
  images: readonly UploadedImage[];
  priority: Priority;
  trace: TraceContext | null;
  idempotencyKey: string | null;
}

export interface StoredStudy {
  studyId: string;
  imageIds: string[];
  /** answered from memory: nothing was stored anew */
  isRepeat: boolean;
}

/**
 * Puts uploaded images into the intake bucket, from where they go the same way as any other. Done when the store has
 * acknowledged every one. The file's own name is dropped: it may name the patient.
 */
export class Intake {
  readonly #objects: ObjectStore;
  readonly #uploads: UploadStore;
  readonly #bucket: string;
  readonly #siteKey: SiteKey;

  constructor(options: { objects: ObjectStore; uploads: UploadStore; bucket: string; siteKey: SiteKey }) {
    this.#objects = options.objects;
    this.#uploads = options.uploads;
    this.#bucket = options.bucket;
    this.#siteKey = options.siteKey;
  }

  /**
   * @throws Problem 422 when the Idempotency-Key was used for another upload
   * @throws StoreUnavailableError, or a database error when there is an Idempotency-Key
   */
  async accept(upload: Upload): Promise<StoredStudy> {
    if (upload.idempotencyKey === null) {
      const studyId = randomBytes(16).toString('hex');
      return { studyId, imageIds: await this.#storeImages(studyId, upload, false), isRepeat: false };
    }
    const keyHmac = this.#hmac('idempotency', upload.idempotencyKey);
    const fingerprint = fingerprintOf(upload);
    // derived from the key, so that a retry after a crash writes the same objects again instead of others beside them
    const studyId = this.#hmac('upload', upload.idempotencyKey).slice(0, 32);
    const { note, isNew } = await this.#uploads.begin(keyHmac, { fingerprint, studyId });
    if (note.fingerprint !== fingerprint)
      throw new Problem(
        422,
        'HILUM_INTAKE_IDEMPOTENCY_CONFLICT',
        'Idempotency-Key used before',
        'this Idempotency-Key came with other images or another priority before; use a new key for a new upload',
      );
    if (note.imageIds !== null) return { studyId, imageIds: note.imageIds, isRepeat: true };
    const imageIds = await this.#storeImages(studyId, upload, !isNew);
    await this.#uploads.complete(keyHmac, imageIds);
    return { studyId, imageIds, isRepeat: false };
  }

  /** @param mayExist an earlier try may have stored some: those stay, for in a versioned bucket they would double */
  async #storeImages(studyId: string, upload: Upload, mayExist: boolean): Promise<string[]> {
    const metadata = { priority: upload.priority, traceparent: formatTraceparent(childSpan(upload.trace)) };
    const imageIds: string[] = [];
    for (const [index, { body, contentType }] of upload.images.entries()) {
      const key = ownKey(studyId, index + 1);
      const existing = mayExist ? await this.#objects.head(this.#bucket, key) : null;
      const stored = existing ?? (await this.#objects.put(this.#bucket, key, body, { contentType, metadata }));
      imageIds.push(
        imageIdOf(this.#siteKey, { bucket: this.#bucket, key, versionId: stored.versionId, eTag: stored.eTag }),
      );
    }
    return imageIds;
  }

  #hmac(purpose: 'idempotency' | 'upload', text: string): string {
    return createHmac('sha256', this.#siteKey).update(`${purpose}|${text}`, 'utf8').digest('hex');
  }
}

/** What makes two uploads the same: the images in their order, and the priority. */
function fingerprintOf({ images, priority }: Upload): string {
  const hash = createHash('sha256').update(priority);
  for (const { body } of images) hash.update(createHash('sha256').update(body).digest());
  return hash.digest('hex');
}
