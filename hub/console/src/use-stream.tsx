import { createContext, useContext, useEffect, useRef, useState, useSyncExternalStore, type ReactNode } from 'react';
import { readSession } from './api-client';
import { HubStream, type StreamFollower } from './hub-stream';

const Stream = createContext<HubStream | null>(null);

/** Holds the stream open while somebody is signed in. */
export function StreamProvider({ onSignedOut, children }: { onSignedOut: () => void; children: ReactNode }) {
  const [stream] = useState(
    () =>
      new HubStream(() => {
        void readSession()
          .then((session) => session === null && onSignedOut())
          .catch(() => undefined);
      }),
  );
  useEffect(() => {
    stream.open();
    return () => stream.close();
  }, [stream]);
  return <Stream value={stream}>{children}</Stream>;
}

/**
 * Follows the stream.
 * @returns whether it is open, for what is shown may be old when not; and when to read what it then keeps up to date
 */
export function useStream(follower: StreamFollower): { isConnected: boolean; listening: Promise<void> } {
  const stream = useContext(Stream);
  if (stream === null) throw new Error('there is no stream around this page');
  const latest = useRef(follower);
  latest.current = follower;
  useEffect(
    () =>
      stream.follow({
        onMissed: () => latest.current.onMissed(),
        onResult: (result) => latest.current.onResult?.(result),
        onSite: (site) => latest.current.onSite?.(site),
        onAlarm: (alarm) => latest.current.onAlarm?.(alarm),
        onCompliance: () => latest.current.onCompliance?.(),
      }),
    [stream],
  );
  const isConnected = useSyncExternalStore(stream.subscribe, () => stream.isConnected);
  return { isConnected, listening: stream.listening };
}
