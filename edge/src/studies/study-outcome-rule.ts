import { PRIORITIES, type Decision, type Priority, type Reason } from '@hilum/contracts';

export interface ImageOutcome {
  decision: Decision;
  probability: number | null;
  reason: Reason | null;
  priority: Priority;
}

/** An image that nobody could read needs a look before one that was found normal. */
const PRESSING: Record<Decision, number> = { 'pneumonia-suspected': 3, review: 2, unreadable: 1, normal: 0 };

/**
 * What is shown for a study of several images: the outcome of the most pressing one (of equals, the more probable),
 * and the most urgent priority.
 * @param images at least one
 */
export function studyOutcome(images: readonly ImageOutcome[]): ImageOutcome {
  const [first] = images;
  if (first === undefined) throw new RangeError('a study has at least one image');
  let worst = first;
  let priority = first.priority;
  for (const image of images) {
    if (isMorePressing(image, worst)) worst = image;
    if (PRIORITIES.indexOf(image.priority) > PRIORITIES.indexOf(priority)) priority = image.priority;
  }
  return { decision: worst.decision, probability: worst.probability, reason: worst.reason, priority };
}

function isMorePressing(a: ImageOutcome, b: ImageOutcome): boolean {
  const difference = PRESSING[a.decision] - PRESSING[b.decision];
  return difference === 0 ? (a.probability ?? 0) > (b.probability ?? 0) : difference > 0;
}
