import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, readSite, readTimeline } from '../api-client';
import type { SiteDetail, TimelineEntry } from '../api-types';
import { throttled, type Throttled } from '../throttle';
import { useStream } from '../use-stream';

const ENTRIES_PER_PAGE = 50;
/** A site tells of itself every 15 seconds, and in trouble more often. */
const THROTTLE_MS = 1_000;

export interface WatchedSite {
  detail: SiteDetail | null;
  timeline: readonly TimelineEntry[] | null;
  /** null: there is no more */
  onMore: (() => void) | null;
  isConnected: boolean;
  error: { status: number; message: string } | null;
  retry: () => void;
}

/** One site: read once, and again whenever the stream tells something of it. */
export function useSite(site: string, onSignedOut: () => void): WatchedSite {
  const [detail, setDetail] = useState<SiteDetail | null>(null);
  const [timeline, setTimeline] = useState<{ entries: readonly TimelineEntry[]; cursor: string | null } | null>(null);
  const [error, setError] = useState<WatchedSite['error']>(null);
  const asked = useRef(site);

  const load = useCallback(async () => {
    try {
      const [row, newest] = await Promise.all([readSite(site), readTimeline(site, ENTRIES_PER_PAGE)]);
      if (asked.current !== site) return;
      setDetail(row);
      // how far back it was read stays as it is
      setTimeline((shown) => ({
        entries: joined(newest.items, shown?.entries ?? []),
        cursor: shown === null ? newest.nextCursor : shown.cursor,
      }));
      setError(null);
    } catch (reason) {
      if (asked.current !== site) return;
      const status = reason instanceof ApiError ? reason.status : -1;
      if (status === 401) onSignedOut();
      setError({ status, message: reason instanceof Error ? reason.message : 'The page could not be loaded.' });
    }
  }, [site, onSignedOut]);

  const again = useRef<Throttled | null>(null);
  const { isConnected, listening } = useStream({
    onMissed: () => void load(),
    onSite: ({ name }) => name === site && again.current?.ask(),
    onAlarm: (alarm) => alarm.site === site && again.current?.ask(),
  });
  useEffect(() => {
    asked.current = site;
    setDetail(null);
    setTimeline(null);
    setError(null);
    const timer = throttled(
      () => void load(),
      () => THROTTLE_MS,
    );
    again.current = timer;
    void listening.then(load);
    return () => timer.cancel();
  }, [site, listening, load]);

  const cursor = timeline?.cursor ?? null;
  const more = async (from: string): Promise<void> => {
    try {
      const { items, nextCursor } = await readTimeline(site, ENTRIES_PER_PAGE, from);
      if (asked.current !== site) return;
      setTimeline((shown) => ({ entries: joined(shown?.entries ?? [], items), cursor: nextCursor }));
    } catch (reason) {
      setError({ status: -1, message: (reason as Error).message });
    }
  };
  return {
    detail,
    timeline: timeline && timeline.entries,
    onMore: cursor === null ? null : () => void more(cursor),
    isConnected,
    error,
    retry: () => void load(),
  };
}

/** The newer ones first, each once. */
function joined(newer: readonly TimelineEntry[], older: readonly TimelineEntry[]): TimelineEntry[] {
  const known = new Set(newer.map(({ id }) => id));
  return [...newer, ...older.filter(({ id }) => !known.has(id))];
}
