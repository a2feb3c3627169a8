import { useEffect, useMemo, useRef } from 'react';
import { throttled } from '../throttle';
import { useLive, type Live } from '../use-live';
import { useStream } from '../use-stream';

/** A policy that is placed anew changes at a thousand sites within seconds: what is shown is read again at most this often. */
const READ_THROTTLE_MS = 2_000;

/** As `useLive`, and again as soon as the hub says that states of policies changed. */
export function useCompliance<Value>(read: () => Promise<Value>, onSignedOut: () => void): Live<Value> {
  const live = useLive(read, onSignedOut);
  const ask = useRef(live.retry);
  ask.current = live.retry;
  const reading = useMemo(
    () =>
      throttled(
        () => ask.current(),
        () => READ_THROTTLE_MS,
      ),
    [],
  );
  useEffect(() => reading.cancel, [reading]);
  useStream({ onMissed: reading.ask, onCompliance: reading.ask });
  return live;
}
