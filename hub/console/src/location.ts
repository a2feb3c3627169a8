import { useCallback, useEffect, useState } from 'react';

/** Where the address points: a path and its parameters. */
export interface Place {
  path: string;
  search: string;
}

const MOVED = 'hilum-moved';

/** Where the address points now. */
export function whereWeAre(): Place {
  return { path: window.location.pathname, search: window.location.search };
}

export type Go = (to: string, how?: 'push' | 'replace') => void;

/**
 * Follows the address; `go` changes it without loading the page again, so that links can be sent and Back works. What is
 * typed replaces it, or Back would take back letter by letter.
 */
export function useLocation(): [Place, Go] {
  const [place, setPlace] = useState(whereWeAre);
  useEffect(() => {
    const follow = (): void => setPlace(whereWeAre());
    window.addEventListener('popstate', follow);
    window.addEventListener(MOVED, follow);
    return () => {
      window.removeEventListener('popstate', follow);
      window.removeEventListener(MOVED, follow);
    };
  }, []);
  const go = useCallback<Go>((to, how = 'push') => {
    if (how === 'push') window.history.pushState(null, '', to);
    else window.history.replaceState(null, '', to);
    window.dispatchEvent(new Event(MOVED));
  }, []);
  return [place, go];
}
