import { Problem, type ObjectStore, type SignIn } from '@hilum/runtime';
import type { Express, Response } from 'express';
import { answering } from '../answering.js';
import type { SiteRole } from '../site-role.js';
import { cursorAfter, readListQuery } from './list-query.js';
import type { StudyFeed } from './study-feed.js';
import { streamStudies } from './study-stream.js';
import type { StudyStore } from './study-store.js';

/** The list, one study, its heat maps and the live stream. Object keys may name a patient, so they are for staff only. */
export function addStudiesRoutes(
  app: Express,
  options: {
    store: StudyStore;
    feed: StudyFeed;
    objects: ObjectStore;
    resultsBucket: string;
    signIn: SignIn<SiteRole>;
    stopping: AbortSignal;
  },
): void {
  const { store, feed, objects, resultsBucket, signIn, stopping } = options;

  app.get(
    '/api/v1/studies',
    signIn.require('staff', 'hospital-it'),
    answering(async (request, response) => {
      const { filter, after, limit } = readListQuery(request.query);
      const items = await store.list(filter, after, limit);
      const last = items.at(-1);
      const nextCursor = items.length === limit && last !== undefined ? cursorAfter(last) : null;
      sendPrivate(response).json({ items, nextCursor });
    }),
  );

  app.get(
    '/api/v1/studies/stream',
    signIn.require('staff', 'hospital-it'),
    answering(async (request, response) => {
      await streamStudies({ store, feed, lastEventId: request.get('last-event-id'), response, stopping });
    }),
  );

  app.get(
    '/api/v1/studies/:studyId',
    signIn.require('staff'),
    answering(async (request, response) => {
      const study = await store.find(textParameter(request.params['studyId']));
      if (study === null) throw noSuch('there is no scored study with this id; one that was just uploaded may follow');
      sendPrivate(response).json(study);
    }),
  );

  app.get(
    '/api/v1/studies/:studyId/images/:imageId/heatmap',
    signIn.require('staff'),
    answering(async (request, response) => {
      const { studyId, imageId } = request.params;
      const key = await store.heatMapKey(textParameter(studyId), textParameter(imageId));
      const image = key === null ? null : await objects.get(resultsBucket, key);
      if (image === null) throw noSuch('there is no heat map of this image');
      sendPrivate(response).type('image/png').send(image);
    }),
  );
}

function sendPrivate(response: Response): Response {
  return response.set('Cache-Control', 'private, no-store');
}

function noSuch(detail: string): Problem {
  return new Problem(404, 'HILUM_EDGE_STUDY_UNKNOWN', 'Not found', detail);
}

function textParameter(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : '';
}
