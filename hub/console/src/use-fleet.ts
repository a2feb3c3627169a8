import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, readOpenAlarms, readSites, readSummary, readTimeline } from './api-client';
import type { Alarm, Site, Summary, TimelineEntry } from './api-types';
import { startOfToday } from './format';
import { throttled, type Throttled } from './throttle';
import { useStream } from './use-stream';

/** A thousand sites tell of themselves every 15 seconds: what came in this time is drawn together. */
const DRAW_INTERVAL_MS = 1_000;
const LATELY_SHOWN = 30;
const LATELY_THROTTLE_MS = 2_000;
/** New results change the summary; it is read again at most this often, and less often where that takes long. */
const SUMMARY_THROTTLE_MS = 3_000;
/** So that a tenth of the time at most is spent on it. */
const SUMMARY_REST = 9;
/** Also without results: the day ends, and percentiles of other sites move. */
const SUMMARY_INTERVAL_MS = 30_000;

export interface Fleet {
  sites: ReadonlyMap<string, Site> | null;
  alarms: ReadonlyMap<string, Alarm> | null;
  summary: Summary | null;
  /** what happened last, newest first */
  lately: readonly TimelineEntry[] | null;
  isConnected: boolean;
  error: string | null;
  retry: () => void;
}

/** Everything that the page of the fleet shows: read once, then kept up to date by the stream. */
export function useFleet(onSignedOut: () => void): Fleet {
  const [sites, setSites] = useState<ReadonlyMap<string, Site> | null>(null);
  const [alarms, setAlarms] = useState<ReadonlyMap<string, Alarm> | null>(null);
  const [summary, setSummary] = useState<Summary | null>(null);
  const [lately, setLately] = useState<readonly TimelineEntry[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const known = useRef<ReadonlyMap<string, Site>>(new Map());
  known.current = sites ?? known.current;
  const waiting = useRef({ sites: new Map<string, Site>(), alarms: new Map<string, Alarm>() });

  const timers = useRef<{ draw: Throttled; summary: Throttled; lately: Throttled } | null>(null);

  const loadSummary = useCallback(async () => {
    const begin = performance.now();
    setSummary(await readSummary(startOfToday()));
    return performance.now() - begin;
  }, []);
  const loadLately = useCallback(async () => setLately((await readTimeline(null, LATELY_SHOWN)).items), []);

  const loadAll = useCallback(async () => {
    const tell = (reason: unknown): void => {
      if (reason instanceof ApiError && reason.status === 401) onSignedOut();
      else setError(reason instanceof Error ? reason.message : 'The page could not be loaded.');
    };
    setError(null);
    // each is shown as soon as it is there
    await Promise.all([
      readSites().then((rows) => setSites(new Map(rows.map((site) => [site.name, site]))), tell),
      readOpenAlarms().then((rows) => setAlarms(new Map(rows.map((alarm) => [alarm.id, alarm]))), tell),
      loadSummary().catch(tell),
      loadLately().catch(tell),
    ]);
  }, [onSignedOut, loadSummary, loadLately]);

  const { isConnected, listening } = useStream({
    onMissed: () => void loadAll(),
    onResult: () => timers.current?.summary.ask(),
    onSite: (site) => {
      waiting.current.sites.set(site.name, site);
      timers.current?.draw.ask();
      if (isNews(known.current.get(site.name), site)) timers.current?.lately.ask();
    },
    onAlarm: (alarm) => {
      waiting.current.alarms.set(alarm.id, alarm);
      timers.current?.draw.ask();
      timers.current?.lately.ask();
    },
  });

  useEffect(() => {
    let summaryMs = 0;
    timers.current = {
      draw: throttled(
        () => {
          const { sites: newSites, alarms: newAlarms } = waiting.current;
          waiting.current = { sites: new Map(), alarms: new Map() };
          if (newSites.size > 0) setSites((shown) => shown && new Map([...shown, ...newSites]));
          if (newAlarms.size > 0) setAlarms((shown) => shown && withAlarms(shown, newAlarms.values()));
        },
        () => DRAW_INTERVAL_MS,
      ),
      summary: throttled(
        () => {
          loadSummary().then(
            (ms) => (summaryMs = ms),
            () => undefined,
          );
        },
        () => Math.max(SUMMARY_THROTTLE_MS, summaryMs * SUMMARY_REST),
      ),
      lately: throttled(
        () => void loadLately().catch(() => undefined),
        () => LATELY_THROTTLE_MS,
      ),
    };
    const { draw, summary: summaryTimer, lately: latelyTimer } = timers.current;
    void listening.then(loadAll);
    const interval = window.setInterval(summaryTimer.ask, SUMMARY_INTERVAL_MS);
    return () => {
      for (const timer of [draw, summaryTimer, latelyTimer]) timer.cancel();
      window.clearInterval(interval);
    };
  }, [listening, loadAll, loadSummary, loadLately]);

  return { sites, alarms, summary, lately, isConnected, error, retry: () => void loadAll() };
}

/** Whether something changed that the timeline tells of. */
export function isNews(before: Site | undefined, now: Site): boolean {
  return (
    before === undefined ||
    before.state !== now.state ||
    before.appVersion !== now.appVersion ||
    before.model?.digest !== now.model?.digest ||
    before.model?.version !== now.model?.version
  );
}

function withAlarms(shown: ReadonlyMap<string, Alarm>, alarms: Iterable<Alarm>): ReadonlyMap<string, Alarm> {
  const next = new Map(shown);
  for (const alarm of alarms)
    if (alarm.closedAt === null) next.set(alarm.id, alarm);
    else next.delete(alarm.id);
  return next;
}
