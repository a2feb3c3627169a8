import { useSyncExternalStore } from 'react';

const TICK_MS = 1_000;
const followers = new Set<() => void>();
let now = Date.now();
let timer: number | undefined;

function follow(told: () => void): () => void {
  followers.add(told);
  timer ??= window.setInterval(() => {
    now = Date.now();
    for (const tell of followers) tell();
  }, TICK_MS);
  return () => {
    followers.delete(told);
    if (followers.size > 0) return;
    window.clearInterval(timer);
    timer = undefined;
  };
}

function current(): number {
  // nobody ticked while nobody looked
  if (followers.size === 0) now = Date.now();
  return now;
}

/** Milliseconds since the epoch, once a second: one clock for all ages on the page, and only they are drawn anew. */
export function useNow(): number {
  return useSyncExternalStore(follow, current, current);
}
