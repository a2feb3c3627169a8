export const RELEASE_ERROR_CODES = [
  'HILUM_RELEASE_MISSING',
  'HILUM_RELEASE_INVALID',
  'HILUM_RELEASE_DIGEST_MISMATCH',
  'HILUM_RELEASE_MODEL_UNUSABLE',
] as const;
export type ReleaseErrorCode = (typeof RELEASE_ERROR_CODES)[number];

/** A release that must not score. The message says which file or field is wrong and what to do. */
export class ReleaseError extends Error {
  readonly code: ReleaseErrorCode;
  constructor(code: ReleaseErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ReleaseError';
    this.code = code;
  }
}
