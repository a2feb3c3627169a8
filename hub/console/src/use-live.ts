import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError } from './api-client';

const REFRESH_MS = 30_000;

export interface Live<Value> {
  /** of the present question; null until it is answered */
  value: Value | null;
  error: { status: number; message: string } | null;
  /** false: the last try failed, so what is shown may be old */
  isFresh: boolean;
  retry: () => void;
}

/**
 * Asks at once and then every 30 seconds while the page is visible. An answer to an earlier question is dropped; a failure
 * keeps the last answer.
 * @param read changes with the question, and only then
 * @param isRepeated false: asks once, and again on `retry`; for what leaves a trace each time that it is read
 */
export function useLive<Value>(read: () => Promise<Value>, onSignedOut: () => void, isRepeated = true): Live<Value> {
  const [value, setValue] = useState<Value | null>(null);
  const [error, setError] = useState<Live<Value>['error']>(null);
  const asked = useRef(read);
  const ask = useCallback(() => {
    read().then(
      (answer) => {
        if (asked.current !== read) return;
        setValue(answer);
        setError(null);
      },
      (reason: unknown) => {
        if (asked.current !== read) return;
        const status = reason instanceof ApiError ? reason.status : -1;
        if (status === 401) onSignedOut();
        setError({ status, message: reason instanceof Error ? reason.message : 'The page could not be loaded.' });
      },
    );
  }, [read, onSignedOut]);
  useEffect(() => {
    asked.current = read;
    setValue(null);
    setError(null);
    ask();
    if (!isRepeated) return;
    const timer = window.setInterval(() => {
      if (!document.hidden) ask();
    }, REFRESH_MS);
    document.addEventListener('visibilitychange', ask);
    return () => {
      window.clearInterval(timer);
      document.removeEventListener('visibilitychange', ask);
    };
  }, [read, ask, isRepeated]);
  return { value, error, isFresh: error === null, retry: ask };
}
