import type { MadeUpPatient } from './radiograph/made-up-patient.js';

export const CONTENT_TYPES = ['image/jpeg', 'image/png'] as const;
export type ContentType = (typeof CONTENT_TYPES)[number];

/** One X-ray as it leaves the modality. */
export interface SimulatedImage {
  bytes: Buffer;
  contentType: ContentType;
  patient: MadeUpPatient;
}

/** Where the simulator's images come from, one after another without end. */
export interface ImageSource {
  next(): Promise<SimulatedImage>;
}

/**
 * A key as real modalities write it, with the patient's (here: made-up) name, number and date: what the sites must
 * keep to themselves.
 * @param unique tells images of one patient apart, also over restarts
 */
export function modalityKey(image: Pick<SimulatedImage, 'contentType' | 'patient'>, unique: string): string {
  const { givenName, familyName, id, studyDate } = image.patient;
  const extension = image.contentType === 'image/png' ? 'png' : 'jpeg';
  return `CR_${givenName} ${familyName}_${id}_${studyDate}_${unique}.${extension}`;
}
