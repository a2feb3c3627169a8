import { normaliseNotification, type CreatedObject, type KeyEncoding } from '@hilum/contracts';
import { Problem } from '@hilum/runtime/core';
import type { Express, Request, Response } from 'express';
import { bodyReader, type BodyRoom, type Claim } from '../body-room.js';
import { countFailure } from '../classify-failure.js';
import type { Permits } from '../permits.js';
import { priorityOfObjects } from '../scoring/priority-of-objects.js';
import { scoreObject, type Notice, type ObjectOutcome, type ScoringContext } from '../scoring/score-object.js';
import { decodeHttpEvents } from './http-event.js';

/** A raw Kafka record as Knative's KafkaSource delivers it; its data are the store's own notification. */
export const KAFKA_RECORD_TYPE = 'dev.knative.kafka.event';
/** CloudEvents adapter for Amazon S3; followed by the name of the store's event. */
export const S3_TYPE_PREFIX = 'com.amazonaws.s3.';

/** A Kafka record holds a megabyte at most by default; base64 and a batch make it more. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

export interface CloudEventRouteOptions {
  context: ScoringContext;
  permits: Permits;
  room: BodyRoom;
  intakeBucket: string;
  keyEncoding: KeyEncoding;
}

interface NotifiedObject {
  object: CreatedObject;
  /** one for all objects of an event */
  notice: Notice;
}

/**
 * `POST /`: 200 when every object named has its outcome, 204 when there was nothing to do, 4xx for what no retry will
 * mend (the sender's dead letters), 503 with `Retry-After` when store, broker or this service cannot take it now.
 */
export function addCloudEventRoute(app: Express, options: CloudEventRouteOptions): void {
  const { context, permits, room } = options;
  const bodyOf = bodyReader(MAX_BODY_BYTES);
  const answer = async (request: Request, response: Response, claim: Claim): Promise<void> => {
    const notified = readObjects(request.headers, await bodyOf(request, claim), options);
    if (notified.length === 0) {
      response.status(204).end();
      return;
    }
    const counts = await permits.run(() => scoreAll(notified, context), {
      priority: () =>
        priorityOfObjects(
          notified.map(({ object }) => object),
          context.store,
        ),
    });
    response.json(counts);
  };
  app.post('/', (request, response) =>
    room
      .during(request.headers, MAX_BODY_BYTES, (claim) => answer(request, response, claim))
      .catch((error: unknown) => countFailure(error, context.metrics)),
  );
}

/** All or nothing is decided before the first object is touched. */
function readObjects(
  headers: Parameters<typeof decodeHttpEvents>[0],
  body: Buffer,
  options: CloudEventRouteOptions,
): NotifiedObject[] {
  const received = decodeHttpEvents(headers, body);
  if (received.kind === 'rejected') throw malformed(received.code, received.detail);
  return received.events.flatMap(({ event, data, giveUp }) => {
    if (event.type !== KAFKA_RECORD_TYPE && !event.type.startsWith(S3_TYPE_PREFIX))
      throw malformed(
        'HILUM_EVENT_TYPE_UNEXPECTED',
        `type must be ${KAFKA_RECORD_TYPE} or begin with ${S3_TYPE_PREFIX}`,
      );
    const notification = normaliseNotification(data, options);
    if (notification.kind === 'rejected') throw malformed(notification.code, notification.detail);
    if (notification.kind === 'ignored') return [];
    const notice: Notice = { atMs: Date.parse(event.time), trace: event.trace, giveUp };
    return notification.objects.map((object) => ({ object, notice }));
  });
}

async function scoreAll(notified: NotifiedObject[], context: ScoringContext): Promise<Record<ObjectOutcome, number>> {
  const counts: Record<ObjectOutcome, number> = { scored: 0, republished: 0, gone: 0 };
  // An event's objects are done in order, so when it is given up the culprit is the first without an outcome. Those
  // behind the culprit were never tried: they are tried now.
  let culpritOf: Notice | null = null;
  // one after the other: the permit is for one image's memory, and what is done stays done if a later one fails
  for (const { object, notice } of notified) {
    const outcome = await scoreObject(object, notice === culpritOf ? { ...notice, giveUp: null } : notice, context);
    if (outcome === 'scored' && notice.giveUp !== null) culpritOf = notice;
    counts[outcome] += 1;
  }
  return counts;
}

function malformed(code: string, detail: string): Problem {
  return new Problem(400, code, 'Event not understood', detail);
}
