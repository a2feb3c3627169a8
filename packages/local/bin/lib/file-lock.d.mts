import type { ProcessIdentity } from './process-identity.mjs';

export interface HeldLock {
  release: () => void;
}
export interface LockOptions {
  onWait?: (holder: ProcessIdentity) => void;
  pollMs?: number;
  signal?: AbortSignal;
}
export function tryLock(path: string): HeldLock | { heldBy: ProcessIdentity };
export function lock(path: string, options?: LockOptions): Promise<HeldLock>;
export function lockHolder(path: string): ProcessIdentity | null;
