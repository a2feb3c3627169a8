import { useCallback, useEffect, useRef, useState, type RefCallback } from 'react';

/**
 * The width of an element in pixels, kept true as the window changes; a chart is drawn to it, so that its text keeps its
 * size. `fallback` where there is no layout (on a server); null until it is known, for drawing twice costs twice.
 */
export function useWidth(fallback: number): [RefCallback<HTMLElement>, number | null] {
  const [width, setWidth] = useState<number | null>(() => (typeof window === 'undefined' ? fallback : null));
  const observer = useRef<ResizeObserver | null>(null);
  const follow = useCallback((element: HTMLElement | null) => {
    observer.current?.disconnect();
    if (element === null) return;
    const measure = (): void => {
      const measured = Math.round(element.clientWidth);
      if (measured > 0) setWidth(measured);
    };
    measure();
    observer.current = new ResizeObserver(measure);
    observer.current.observe(element);
  }, []);
  useEffect(() => () => observer.current?.disconnect(), []);
  return [follow, width];
}
