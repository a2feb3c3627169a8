import { useEffect, useState, type ComponentType, type ReactElement, type ReactNode } from 'react';

export type LoadedComponent<Props> = ComponentType<Props> & {
  /** Fetches the code without showing anything: beside what else is waited for, instead of after it. */
  preload: () => void;
};

/**
 * A component whose code is fetched when it is first shown, or before by `preload`. When it cannot be had, the nearest
 * boundary is told. React's own `lazy` would hold back what has come until its placeholder has been seen for 300 ms, and
 * with it what the component then asks the hub for.
 * @param placeholder shown meanwhile
 */
export function loadedComponent<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  placeholder: ReactNode,
): LoadedComponent<Props> {
  let found: ComponentType<Props> | null = null;
  let loading: Promise<void> | null = null;
  const fetchOnce = (): Promise<void> =>
    (loading ??= load().then(
      (component) => {
        found = component;
      },
      (error: unknown) => {
        // whoever comes next tries again
        loading = null;
        throw error;
      },
    ));
  function Loaded(props: Props): ReactElement {
    const [Shown, setShown] = useState(() => found);
    const [fault, setFault] = useState<{ error: unknown } | null>(null);
    useEffect(() => {
      if (Shown !== null) return undefined;
      let isHere = true;
      fetchOnce().then(
        () => isHere && setShown(() => found),
        (error: unknown) => isHere && setFault({ error }),
      );
      return () => {
        isHere = false;
      };
    }, [Shown]);
    if (fault !== null) throw fault.error;
    return Shown === null ? <>{placeholder}</> : <Shown {...props} />;
  }
  // a failure is told when it is shown
  return Object.assign(Loaded, { preload: () => void fetchOnce().catch(() => undefined) });
}
