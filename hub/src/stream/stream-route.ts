import { once } from 'node:events';
import { Problem } from '@hilum/runtime';
import type { Request, RequestHandler } from 'express';
import type { StreamClient, StreamSource } from './stream-source.js';

/** What may wait for one client: some thousand results. Beyond it the client is dropped and resumes by Last-Event-ID. */
const MAX_BUFFERED_BYTES = 1_048_576;

/** Told before anything is sent; what it throws is answered instead. @param lastEventId null: from now on */
export type OnStreamOpening = (request: Request, lastEventId: string | null) => Promise<void>;

/**
 * Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html
 * @param stopping ends all streams, which would otherwise hold the stop of the process
 */
export function streamRoute(options: {
  source: StreamSource;
  stopping: AbortSignal;
  onOpening: OnStreamOpening;
}): RequestHandler {
  return async (request, response) => {
    const after = positionOf(request.get('last-event-id'));
    const { source, stopping, onOpening } = options;
    await onOpening(request, Number.isFinite(after) ? String(after) : null);
    response.set({
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      // nginx and others would otherwise hold events back until a buffer is full
      'X-Accel-Buffering': 'no',
    });
    response.flushHeaders();
    response.write('retry: 2000\n\n');
    const client: StreamClient = {
      after,
      send: (text) => {
        if (response.destroyed || response.writableEnded) return false;
        response.write(text);
        if (response.writableLength <= MAX_BUFFERED_BYTES) return true;
        response.destroy();
        return false;
      },
    };
    const gone = new AbortController();
    const end = (): void => {
      response.end();
    };
    stopping.addEventListener('abort', end);
    response.on('close', () => {
      stopping.removeEventListener('abort', end);
      gone.abort();
      source.leave(client);
    });
    const drained = async (): Promise<boolean> => {
      if (response.writableNeedDrain) await once(response, 'drain', { signal: gone.signal }).catch(() => undefined);
      return !gone.signal.aborted && !stopping.aborted;
    };
    try {
      await source.join(client, drained);
    } catch {
      // the database is away: the client comes again after its retry time
      response.end();
    }
    // it may have gone while it was brought up to date
    if (gone.signal.aborted) source.leave(client);
    if (stopping.aborted) response.end();
  };
}

function positionOf(lastEventId: string | undefined): number {
  if (lastEventId === undefined || lastEventId === '') return Number.POSITIVE_INFINITY;
  if (!/^\d{1,15}$/.test(lastEventId))
    throw new Problem(
      400,
      'HILUM_HTTP_HEADER_INVALID',
      'Bad header',
      'Last-Event-ID: must be the id of an event of this stream; leave it out to begin with what is new',
    );
  return Number(lastEventId);
}
