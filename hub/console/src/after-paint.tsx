import { Skeleton } from '@patternfly/react-core/dist/dynamic/components/Skeleton';
import { useEffect, useState, type ReactElement, type ReactNode } from 'react';

/**
 * What lies further down a page and is costly to draw: not before what is above it was shown. At once where nothing is
 * painted (on a server).
 */
export function AfterPaint({ what, children }: { what: string; children: ReactNode }): ReactElement {
  const [isDue, setDue] = useState(() => typeof window === 'undefined');
  useEffect(() => {
    if (isDue) return undefined;
    // the first frame callback comes before the paint, the task that it makes after
    let task: number | undefined;
    const frame = window.requestAnimationFrame(() => (task = window.setTimeout(() => setDue(true))));
    return () => {
      window.cancelAnimationFrame(frame);
      window.clearTimeout(task);
    };
  }, [isDue]);
  return isDue ? <>{children}</> : <Skeleton height="20rem" screenreaderText={`Loading ${what}`} />;
}
