import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, readOpenAlarms, readResults, readSession, readSites, readSummary } from './api-client';
import type { Alarm, Result, Site, Summary } from './api-types';
import { startOfToday } from './format';
import { matches, type ResultFilters } from './result-filters';

const RESULTS_SHOWN = 100;
/** New results change the summary; it is read again at most this often. */
const SUMMARY_THROTTLE_MS = 3_000;
/** Also without results: the day ends, and percentiles of other sites move. */
const SUMMARY_INTERVAL_MS = 30_000;
const RECONNECT_MS = 5_000;

export interface Fleet {
  sites: ReadonlyMap<string, Site> | null;
  alarms: ReadonlyMap<string, Alarm> | null;
  summary: Summary | null;
  results: readonly Result[] | null;
  /** whether the stream is open; what is shown may be old when not */
  isConnected: boolean;
  error: string | null;
  retry: () => void;
}

/** Everything the page shows: read once, then kept up to date by the stream. */
export function useFleet(filters: ResultFilters, onSignedOut: () => void): Fleet {
  const [sites, setSites] = useState<ReadonlyMap<string, Site> | null>(null);
  const [alarms, setAlarms] = useState<ReadonlyMap<string, Alarm> | null>(null);
  const [summary, setSummary] = useState<Summary | null>(null);
  const [results, setResults] = useState<readonly Result[] | null>(null);
  const [isConnected, setConnected] = useState(true);
  const [error, setError] = useState<string | null>(null);
  const currentFilters = useRef(filters);
  currentFilters.current = filters;

  const failed = useCallback(
    (reason: unknown) => {
      if (reason instanceof ApiError && reason.status === 401) onSignedOut();
      else setError(reason instanceof Error ? reason.message : 'The page could not be loaded.');
    },
    [onSignedOut],
  );

  const loadResults = useCallback(async () => {
    const asked = currentFilters.current;
    const rows = await readResults(asked, RESULTS_SHOWN);
    // the filter may have been changed meanwhile; what came through the stream meanwhile stays on top
    if (asked === currentFilters.current) setResults((shown) => merge(shown ?? [], rows));
  }, []);

  const loadSummary = useCallback(async () => setSummary(await readSummary(startOfToday())), []);

  const loadAll = useCallback(async () => {
    try {
      const [siteRows, alarmRows] = await Promise.all([readSites(), readOpenAlarms(), loadSummary(), loadResults()]);
      setSites(new Map(siteRows.map((site) => [site.name, site])));
      setAlarms(new Map(alarmRows.map((alarm) => [alarm.id, alarm])));
      setError(null);
    } catch (reason) {
      failed(reason);
    }
  }, [failed, loadResults, loadSummary]);

  useEffect(() => {
    setResults(null);
    void loadResults().catch(failed);
  }, [filters, loadResults, failed]);

  useEffect(() => {
    let source: EventSource | undefined;
    let reconnect: number | undefined;
    let summaryDue: number | undefined;
    const refreshSummary = (): void => {
      summaryDue ??= window.setTimeout(() => {
        summaryDue = undefined;
        void loadSummary().catch(() => undefined);
      }, SUMMARY_THROTTLE_MS);
    };
    const open = (): void => {
      source = new EventSource('/api/v1/stream');
      source.addEventListener('open', () => {
        setConnected(true);
        // sites and alarms that changed while nobody listened are not sent again
        void loadAll();
      });
      source.addEventListener('result', (event: MessageEvent<string>) => {
        const result = JSON.parse(event.data) as Result;
        if (matches(currentFilters.current, result)) setResults((shown) => merge([result], shown ?? []));
        refreshSummary();
      });
      // away for so long that the hub does not repeat what was missed
      source.addEventListener('reset', () => void loadAll());
      source.addEventListener('site', (event: MessageEvent<string>) => {
        const site = JSON.parse(event.data) as Site;
        setSites((shown) => shown && new Map(shown).set(site.name, site));
      });
      source.addEventListener('alarm', (event: MessageEvent<string>) => {
        const alarm = JSON.parse(event.data) as Alarm;
        setAlarms((shown) => shown && withAlarm(shown, alarm));
      });
      source.addEventListener('error', () => {
        setConnected(false);
        // otherwise the browser itself connects again
        if (source?.readyState !== EventSource.CLOSED) return;
        void readSession()
          .then((session) => session === null && onSignedOut())
          .catch(() => undefined);
        reconnect = window.setTimeout(open, RECONNECT_MS);
      });
    };
    void loadAll();
    open();
    const interval = window.setInterval(refreshSummary, SUMMARY_INTERVAL_MS);
    return () => {
      source?.close();
      window.clearTimeout(reconnect);
      window.clearTimeout(summaryDue);
      window.clearInterval(interval);
    };
  }, [loadAll, loadSummary, onSignedOut]);

  return { sites, alarms, summary, results, isConnected, error, retry: () => void loadAll() };
}

/** Newer rows first; a row that is in both is shown once. */
function merge(newer: readonly Result[], older: readonly Result[]): Result[] {
  const seen = new Set(newer.map(({ id }) => id));
  return [...newer, ...older.filter(({ id }) => !seen.has(id))].slice(0, RESULTS_SHOWN);
}

function withAlarm(shown: ReadonlyMap<string, Alarm>, alarm: Alarm): ReadonlyMap<string, Alarm> {
  const next = new Map(shown);
  if (alarm.closedAt === null) next.set(alarm.id, alarm);
  else next.delete(alarm.id);
  return next;
}
