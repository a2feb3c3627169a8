import type { Response } from 'express';
import type { StudyFeed } from './study-feed.js';
import type { StudyStore, StudySummary } from './study-store.js';

const KEEP_ALIVE_MS = 15_000;
/** The browser connects again by itself, and then has to be signed in still. */
const MAX_STREAM_MS = 3_600_000;
const CATCH_UP_LIMIT = 500;
/** What may wait for a slow reader; beyond it the stream ends, and the reader catches up when it comes back. */
const MAX_BUFFERED_BYTES = 1_048_576;
const DAY_MS = 86_400_000;

/**
 * Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): `study` with a study's summary
 * and its revision as id, `counts` with the studies of the last 24 hours by decision, `reset` when so much was missed
 * that the list had better be loaded anew. With Last-Event-ID what was missed comes first.
 */
export async function streamStudies(options: {
  store: StudyStore;
  feed: StudyFeed;
  lastEventId: string | undefined;
  response: Response;
  stopping: AbortSignal;
}): Promise<void> {
  const { store, feed, lastEventId, response, stopping } = options;
  const seen = /^\d{1,15}$/.test(lastEventId ?? '') ? Number(lastEventId) : null;
  // subscribed before the question, so that nothing falls between its answer and the first news
  const early: StudySummary[] = [];
  let tell = (studies: readonly StudySummary[]): void => void early.push(...studies);
  const unsubscribe = feed.subscribe((studies) => tell(studies));
  response.on('close', unsubscribe);
  const missed = seen === null ? [] : await store.changedAfter(seen, CATCH_UP_LIMIT);
  const counts = (): Promise<unknown> => store.countsSince(new Date(Date.now() - DAY_MS));
  const firstCounts = await counts();
  // gone meanwhile: its close event has been, and timers begun now would never be cleared
  if (response.destroyed) return;

  response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
  response.flushHeaders();
  const send = (event: string, data: unknown, id?: number): void => {
    if (response.writableEnded) return;
    response.write(`event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`);
    if (response.writableLength > MAX_BUFFERED_BYTES) response.end();
  };
  const sendStudies = (studies: readonly StudySummary[]): void => {
    for (const study of studies) send('study', study, study.revision);
  };
  let isCounting = false;
  const sendCounts = (): void => {
    if (isCounting) return;
    isCounting = true;
    void counts()
      .then(
        (now) => send('counts', now),
        // the database is away; the next change brings the next counts
        () => undefined,
      )
      .finally(() => {
        isCounting = false;
      });
  };

  if (missed.length === CATCH_UP_LIMIT) send('reset', {});
  else sendStudies(missed);
  send('counts', firstCounts);

  tell = (studies) => {
    sendStudies(studies);
    sendCounts();
  };
  if (early.length > 0) tell(early);
  const keepAlive = setInterval(() => {
    if (!response.writableEnded) response.write(': keep-alive\n\n');
  }, KEEP_ALIVE_MS);
  const ending = setTimeout(() => response.end(), MAX_STREAM_MS);
  const end = (): void => void response.end();
  stopping.addEventListener('abort', end);
  response.on('close', () => {
    clearInterval(keepAlive);
    clearTimeout(ending);
    stopping.removeEventListener('abort', end);
  });
  if (stopping.aborted) response.end();
}
