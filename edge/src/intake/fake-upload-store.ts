import type { UploadNote, UploadStore } from './upload-store.js';

export class FakeUploadStore implements UploadStore {
  readonly notes = new Map<string, UploadNote>();

  begin(keyHmac: string, note: Omit<UploadNote, 'imageIds'>): Promise<{ note: UploadNote; isNew: boolean }> {
    const known = this.notes.get(keyHmac);
    if (known !== undefined) return Promise.resolve({ note: known, isNew: false });
    const fresh = { ...note, imageIds: null };
    this.notes.set(keyHmac, fresh);
    return Promise.resolve({ note: fresh, isNew: true });
  }

  complete(keyHmac: string, imageIds: readonly string[]): Promise<void> {
    const note = this.notes.get(keyHmac);
    if (note !== undefined) this.notes.set(keyHmac, { ...note, imageIds: [...imageIds] });
    return Promise.resolve();
  }
}
