import type { RelayState } from './replay-store.js';

/** Sequences, both included. */
export interface SequenceRange {
  from: number;
  to: number;
}

export type ReplayPlan =
  | { kind: 'refused'; detail: string }
  /** `send` and `gone` are the parts of what was asked for that the outbox holds and no longer holds, or null. */
  | { kind: 'planned'; asked: SequenceRange; send: SequenceRange | null; gone: SequenceRange | null };

/** What can be sent again of what was asked for. @param to null: up to the latest event */
export function planReplay(
  { from, to }: { from: number; to: number | null },
  { sequence, oldestKept }: Pick<RelayState, 'sequence' | 'oldestKept'>,
): ReplayPlan {
  if (sequence === 0) return { kind: 'refused', detail: 'from: this site has no events yet' };
  if (from > sequence)
    return { kind: 'refused', detail: `from: must be at most ${sequence}, the latest event of this site` };
  if (to !== null && to < from) return { kind: 'refused', detail: 'to: must not be below from' };
  const asked = { from, to: Math.min(to ?? sequence, sequence) };
  const firstKept = oldestKept ?? sequence + 1;
  return {
    kind: 'planned',
    asked,
    send: firstKept > asked.to ? null : { from: Math.max(from, firstKept), to: asked.to },
    gone: from >= firstKept ? null : { from, to: Math.min(asked.to, firstKept - 1) },
  };
}

/** A range that waits to be sent again; the lowest id goes first. */
export interface WaitingRange extends SequenceRange {
  id: number;
}

/**
 * What is to be noted so that all of `asked` waits. Ranges that wait already stay where they are, so that who asks for
 * everything again and again does not keep the end of it from its turn; what follows right behind one makes it longer.
 */
export function rangesToNote(
  asked: SequenceRange,
  waiting: readonly WaitingRange[],
): { longer: { id: number; to: number }[]; added: SequenceRange[] } {
  const longer: { id: number; to: number }[] = [];
  const added: SequenceRange[] = [];
  let from = asked.from;
  const end = { from: asked.to + 1, to: asked.to };
  for (const covered of [...waiting, end].sort((one, other) => one.from - other.from)) {
    const to = Math.min(covered.from - 1, asked.to);
    const before = waiting.find((range) => range.to === from - 1);
    if (from <= to && before !== undefined) longer.push({ id: before.id, to });
    else if (from <= to) added.push({ from, to });
    from = Math.max(from, covered.to + 1);
  }
  return { longer, added };
}
