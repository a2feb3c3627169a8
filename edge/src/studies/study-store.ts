import type { Decision, ScoredInput, ModelReference, Priority, Reason, StudyScored, TimingsMs } from '@hilum/contracts';

/** A study as the list shows it: times ISO 8601, no object key. */
export interface StudySummary {
  studyId: string;
  decision: Decision;
  probability: number | null;
  reason: Reason | null;
  priority: Priority;
  imageCount: number;
  uploadedAt: string;
  scoredAt: string;
  /** grows with every change of any study of the site */
  revision: number;
}

export interface ImageResult {
  model: ModelReference;
  decision: Decision;
  probability: number | null;
  reason: Reason | null;
  input: ScoredInput;
  timingsMs: TimingsMs;
  resultKey: string;
  heatMapKey: string | null;
  scoredAt: string;
  sequence: number;
}

export interface StudyImage {
  imageId: string;
  source: {
    bucket: string;
    key: string;
    versionId: string | null;
    eTag: string;
    bytes: number;
    contentType: string | null;
    sha256: string | null;
  };
  priority: Priority;
  traceId: string;
  uploadedAt: string;
  /** latest first */
  results: ImageResult[];
}

export interface StudyDetails extends StudySummary {
  images: StudyImage[];
}

export interface StudyFilter {
  decision: Decision | null;
  priority: Priority | null;
}

/** The last study of a page; the next page begins behind it. */
export interface StudyCursor {
  uploadedAt: string;
  studyId: string;
}

export interface RejectedEvent {
  topic: string;
  partition: number;
  offset: string;
  code: string;
  /** names fields, never values */
  detail: string;
}

/** Port for what the site knows of its studies. */
export interface StudyStore {
  /**
   * Stores results, gives each the next sequence, puts its hub-bound event into the outbox and its notification, if it
   * is urgent, into the queue: all of it or nothing. A result already stored (image and model) changes nothing.
   * @returns those that were new
   */
  record(scored: readonly StudyScored[]): Promise<StudyScored[]>;
  reject(event: RejectedEvent): Promise<void>;
  /** Newest upload first. */
  list(filter: StudyFilter, after: StudyCursor | null, limit: number): Promise<StudySummary[]>;
  find(studyId: string): Promise<StudyDetails | null>;
  /** Key in the results bucket of an image's latest heat map; null when there is none. */
  heatMapKey(studyId: string, imageId: string): Promise<string | null>;
  /** Studies with a higher revision, in its order. */
  changedAfter(revision: number, limit: number): Promise<StudySummary[]>;
  latestRevision(): Promise<number>;
  /** Studies uploaded since a time, by decision. */
  countsSince(time: Date): Promise<Record<Decision, number>>;
  /** Which of the images have a result. */
  withOutcome(imageIds: readonly string[]): Promise<Set<string>>;
}
