/** At most one run in so many milliseconds; what is asked for meanwhile is one run at their end. */
export interface Throttled {
  ask: () => void;
  cancel: () => void;
}

/** @param intervalMs asked anew each time */
export function throttled(run: () => void, intervalMs: () => number): Throttled {
  let due: ReturnType<typeof setTimeout> | undefined;
  return {
    ask: () => {
      due ??= setTimeout(() => {
        due = undefined;
        run();
      }, intervalMs());
    },
    cancel: () => {
      clearTimeout(due);
      due = undefined;
    },
  };
}
