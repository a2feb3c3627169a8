import type { StatusPublisher } from './status-publisher.js';

export class FakeStatusPublisher implements StatusPublisher {
  readonly published: Readonly<Record<string, string>>[] = [];
  /** refuses everything */
  isAway = false;

  publish(data: Readonly<Record<string, string>>): Promise<void> {
    if (this.isAway) return Promise.reject(new Error('away'));
    this.published.push(data);
    return Promise.resolve();
  }
}
