import { useCallback, useEffect, useState } from 'react';

/** Where the address points: a path and its parameters. */
export interface Place {
  path: string;
  search: string;
}

const MOVED = 'hilum-moved';

function here(): Place {
  return { path: window.location.pathname, search: window.location.search };
}

/** Follows the address; `go` changes it without loading the page again, so that links can be sent and Back works. */
export function useLocation(): [Place, (to: string) => void] {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const follow = (): void => setPlace(here());
    window.addEventListener('popstate', follow);
    window.addEventListener(MOVED, follow);
    return () => {
      window.removeEventListener('popstate', follow);
      window.removeEventListener(MOVED, follow);
    };
  }, []);
  const go = useCallback((to: string) => {
    window.history.pushState(null, '', to);
    window.dispatchEvent(new Event(MOVED));
  }, []);
  return [place, go];
}
