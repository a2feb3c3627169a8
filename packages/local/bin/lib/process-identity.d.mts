/** A pid together with the time the process began: unlike a pid alone, never given to another process. */
export interface ProcessIdentity {
  pid: number;
  startTime: string;
}
export function processStartTime(pid: number): string | null;
export function identityOf(pid?: number): ProcessIdentity | null;
export function isRunning(identity: ProcessIdentity): boolean;
