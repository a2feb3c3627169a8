import {
  STUDY_SCORED_TYPE,
  childSpan,
  resultObject,
  resultPrefixOf,
  scoreEventIdOf,
  sourceOf,
  type CloudEvent,
  type ResultObject,
  type SiteKey,
  type StudyScored,
} from '@hilum/contracts';
import type { ScoringStore } from './scoring-store.js';

export interface StoredOutcome {
  resultKey: string;
  result: ResultObject;
}

/** More models than this have never scored one image. */
const MAX_KEYS = 1000;

/**
 * The outcomes that an image has already, whatever model they are of, oldest first.
 * @param onUnreadable told of each result object that does not conform; the image then counts as not scored by it
 */
export async function storedOutcomesOf(
  imageId: string,
  store: ScoringStore,
  resultsBucket: string,
  onUnreadable: () => void,
): Promise<StoredOutcome[]> {
  const keys = await store.listKeys(resultsBucket, resultPrefixOf(imageId), MAX_KEYS);
  const outcomes: StoredOutcome[] = [];
  for (const resultKey of keys.filter((key) => key.endsWith('.json'))) {
    const body = await store.get(resultsBucket, resultKey);
    if (body === null) continue;
    const result = parseResult(body);
    if (result === null || result.imageId !== imageId) onUnreadable();
    else outcomes.push({ resultKey, result });
  }
  return outcomes.sort((one, other) => one.result.scoredAt.localeCompare(other.result.scoredAt));
}

function parseResult(body: Buffer): ResultObject | null {
  let json: unknown;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
  return resultObject.safeParse(json).data ?? null;
}

/**
 * The event of an outcome. Id and time come from the outcome alone, so that it is the same event however often it is
 * published. `publishMs` is known only the first time.
 */
export function scoredEventOf(
  { result, resultKey }: StoredOutcome,
  site: { siteName: string; siteKey: SiteKey },
  publishMs: number | null,
): CloudEvent<StudyScored> {
  return {
    id: scoreEventIdOf(site.siteKey, result.imageId, result.model.digest),
    source: sourceOf(site.siteName, 'inference'),
    type: STUDY_SCORED_TYPE,
    time: result.scoredAt,
    subject: result.studyId,
    trace: childSpan({ traceId: result.traceId }),
    data: { ...result, resultKey, timingsMs: { ...result.timingsMs, publish: publishMs } },
  };
}
