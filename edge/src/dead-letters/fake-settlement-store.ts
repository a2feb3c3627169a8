import type { OffsetRange } from '@hilum/runtime';
import { formatDeadLetterId, isWithin, type DeadLetterId } from './dead-letter-id.js';
import { firstIds } from './page-rule.js';
import type { Settlement, SettlementStore } from './settlement-store.js';

export class FakeSettlementStore implements SettlementStore {
  readonly #settled = new Map<string, DeadLetterId & Settlement>();

  open(ranges: readonly OffsetRange[], limit: number): Promise<DeadLetterId[]> {
    const all = firstIds(ranges, Number.MAX_SAFE_INTEGER);
    return Promise.resolve(all.filter((id) => !this.#settled.has(formatDeadLetterId(id))).slice(0, limit));
  }

  settled(ids: readonly DeadLetterId[]): Promise<(DeadLetterId & Settlement)[]> {
    return Promise.resolve(ids.flatMap((id) => this.#settled.get(formatDeadLetterId(id)) ?? []));
  }

  countSettled(ranges: readonly OffsetRange[]): Promise<number> {
    return Promise.resolve([...this.#settled.values()].filter((id) => isWithin(ranges, id)).length);
  }

  async settle(id: DeadLetterId, settlement: Settlement, work: () => Promise<void>): Promise<Settlement | null> {
    const before = this.#settled.get(formatDeadLetterId(id));
    if (before !== undefined) return before;
    await work();
    this.#settled.set(formatDeadLetterId(id), { ...id, ...settlement });
    return null;
  }

  forgetOutside(ranges: readonly OffsetRange[], settledBefore: Date): Promise<number> {
    const outside = [...this.#settled].filter(([, one]) => !isWithin(ranges, one) && one.at < settledBefore);
    for (const [name] of outside) this.#settled.delete(name);
    return Promise.resolve(outside.length);
  }
}
