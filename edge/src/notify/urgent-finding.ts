import type { StudyScored } from '@hilum/contracts';

/**
 * The message to staff about an urgent finding, in the form of Standard Webhooks
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 * Ids only: a webhook may end in a chat or a pager, where no object key and no name belongs.
 * @param eventId of the result; one finding is one message, however often it is sent
 */
export function urgentFinding(scored: StudyScored, eventId: string, now: Date): { id: string; payload: string } {
  return {
    id: `finding_${eventId}`,
    payload: JSON.stringify({
      type: 'study.urgent',
      timestamp: now.toISOString(),
      data: {
        studyId: scored.studyId,
        imageId: scored.imageId,
        decision: scored.decision,
        probability: scored.probability,
        priority: scored.priority,
        scoredAt: scored.scoredAt,
      },
    }),
  };
}
