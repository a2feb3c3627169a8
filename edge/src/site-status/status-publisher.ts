/** Port for where the site's status is told to whoever judges it by policies. */
export interface StatusPublisher {
  /** Replaces all that was told before. @throws Error when it was not taken */
  publish(data: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void>;
}
