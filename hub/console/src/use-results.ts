import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, readResults } from './api-client';
import type { Result } from './api-types';
import { matches, type ResultFilters } from './result-filters';
import { throttled, type Throttled } from './throttle';
import { useStream } from './use-stream';

const RESULTS_SHOWN = 100;
/** A thousand sites score some thirty images a second: what came in this time is drawn together. */
const DRAW_INTERVAL_MS = 500;

export interface Results {
  results: readonly Result[] | null;
  isConnected: boolean;
  error: string | null;
  retry: () => void;
}

/** The newest results under the filters: read once, then kept up to date by the stream. */
export function useResults(filters: ResultFilters, onSignedOut: () => void): Results {
  const [results, setResults] = useState<readonly Result[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const current = useRef(filters);
  current.current = filters;
  const waiting = useRef<Result[]>([]);

  const draw = useRef<Throttled | null>(null);

  const load = useCallback(async () => {
    const asked = current.current;
    try {
      const rows = await readResults(asked, RESULTS_SHOWN);
      // the filter may have been changed meanwhile; what came through the stream meanwhile stays on top
      if (asked === current.current) setResults((shown) => merge(shown ?? [], rows));
      setError(null);
    } catch (reason) {
      if (reason instanceof ApiError && reason.status === 401) onSignedOut();
      else setError(reason instanceof Error ? reason.message : 'The page could not be loaded.');
    }
  }, [onSignedOut]);

  const { isConnected, listening } = useStream({
    onMissed: () => void load(),
    onResult: (result) => {
      waiting.current.push(result);
      draw.current?.ask();
    },
  });

  useEffect(() => {
    setResults(null);
    waiting.current = [];
    void listening.then(load);
  }, [listening, filters, load]);

  useEffect(() => {
    const timer = throttled(
      () => {
        const newest = waiting.current.filter((result) => matches(current.current, result));
        waiting.current = [];
        if (newest.length > 0) setResults((shown) => merge(newest.reverse(), shown ?? []));
      },
      () => DRAW_INTERVAL_MS,
    );
    draw.current = timer;
    return () => timer.cancel();
  }, []);

  return { results, isConnected, error, retry: () => void load() };
}

/** Newer rows first; a row that is in both is shown once. */
export function merge(newer: readonly Result[], older: readonly Result[]): Result[] {
  const seen = new Set(newer.map(({ id }) => id));
  return [...newer, ...older.filter(({ id }) => !seen.has(id))].slice(0, RESULTS_SHOWN);
}
