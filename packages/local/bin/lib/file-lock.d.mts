import type { ProcessIdentity } from './process-identity.mjs';

export interface HeldLock {
  release: () => void;
}
export interface LockOptions {
  onWait?: (holder: LockHolder) => void;
  pollMs?: number;
  signal?: AbortSignal;
}
export interface LockHolder extends ProcessIdentity {
  /** what it is held for, where that was said */
  purpose?: string;
}
export function tryLock(path: string, purpose?: string): HeldLock | { heldBy: LockHolder };
export function lock(path: string, options?: LockOptions): Promise<HeldLock>;
export function lockHolder(path: string): LockHolder | null;
