import { encodeKafkaEvent, siteTopics, type CloudEvent, type StudyScored } from '@hilum/contracts';
import type { Publisher } from '@hilum/runtime/core';

/** Port: tells the rest of the site of an outcome. */
export interface ScoredPublisher {
  /** Resolves when the event is durable. @throws KafkaUnavailableError */
  publish(event: CloudEvent<StudyScored>): Promise<void>;
}

/** To `study.scored.v1`, keyed by study, so that a study's images stay in order. */
export function kafkaScoredPublisher(publisher: Publisher): ScoredPublisher {
  return {
    publish: (event) =>
      publisher.publish(siteTopics.studyScored, [{ key: event.data.studyId, ...encodeKafkaEvent(event) }]),
  };
}
