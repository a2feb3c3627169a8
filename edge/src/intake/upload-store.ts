import type { Database } from '@hilum/runtime';

/** What was noted of an Idempotency-Key. */
export interface UploadNote {
  fingerprint: string;
  studyId: string;
  /** null until the store has acknowledged every image */
  imageIds: string[] | null;
}

/** Port for the memory of uploads that may be repeated. */
export interface UploadStore {
  /** Notes an upload unless its key is known; gives what is noted, and whether that was new. */
  begin(keyHmac: string, note: Omit<UploadNote, 'imageIds'>): Promise<{ note: UploadNote; isNew: boolean }>;
  complete(keyHmac: string, imageIds: readonly string[]): Promise<void>;
}

export class PostgresUploadStore implements UploadStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async begin(
    keyHmac: string,
    { fingerprint, studyId }: Omit<UploadNote, 'imageIds'>,
  ): Promise<{ note: UploadNote; isNew: boolean }> {
    const { rowCount } = await this.#database.query(
      'insert into uploads (key_hmac, fingerprint, study_id) values ($1, $2, $3) on conflict do nothing',
      [keyHmac, fingerprint, studyId],
    );
    if (rowCount === 1) return { note: { fingerprint, studyId, imageIds: null }, isNew: true };
    const { rows } = await this.#database.query<{ fingerprint: string; study_id: string; image_ids: string[] | null }>(
      'select fingerprint, study_id, image_ids from uploads where key_hmac = $1',
      [keyHmac],
    );
    const [row] = rows;
    if (row === undefined) throw new Error('HILUM_INTAKE_NOTE_MISSING: a noted upload is gone');
    return {
      note: { fingerprint: row.fingerprint, studyId: row.study_id, imageIds: row.image_ids },
      isNew: false,
    };
  }

  async complete(keyHmac: string, imageIds: readonly string[]): Promise<void> {
    await this.#database.query('update uploads set image_ids = $2::text[] where key_hmac = $1', [keyHmac, imageIds]);
  }
}
