import { describe, expect, it } from 'vitest';
import { SinkGate, type GateTimer, type Ticket } from './sink-gate.js';

/** A clock that moves only when told to. */
function manualTimer(): GateTimer & { advance: (ms: number) => void } {
  let nowMs = 0;
  const timers = new Set<{ atMs: number; callback: () => void }>();
  return {
    now: () => nowMs,
    after: (ms, callback) => {
      const timer = { atMs: nowMs + ms, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance: (ms) => {
      nowMs += ms;
      for (const timer of [...timers]) {
        if (timer.atMs > nowMs) continue;
        timers.delete(timer);
        timer.callback();
      }
    },
  };
}

const BACKOFF = { firstMs: 100, maxMs: 5_000 };
const never = new AbortController().signal;
const AWAY = { kind: 'away', retryAfterMs: null } as const;

function gateWith(capacity: number) {
  const timer = manualTimer();
  const gate = new SinkGate({ capacity, backoff: BACKOFF, timer });
  const admitted: { name: string; ticket: Ticket }[] = [];
  const enter = (name: string, signal = never, goesAlone = false): Promise<void> =>
    gate.enter(signal, { goesAlone }).then((ticket) => {
      if (ticket !== null) admitted.push({ name, ticket });
    });
  const take = async (): Promise<{ name: string; ticket: Ticket }> => {
    await Promise.resolve();
    await Promise.resolve();
    const next = admitted.shift();
    if (next === undefined) throw new Error('nobody was admitted');
    return next;
  };
  const isNobodyIn = async (): Promise<boolean> => {
    await Promise.resolve();
    await Promise.resolve();
    return admitted.length === 0;
  };
  return { gate, timer, enter, take, isNobodyIn };
}

describe('the gate to the sink', () => {
  it('admits no more than its capacity while open', async () => {
    const { gate, enter, take, isNobodyIn } = gateWith(2);
    for (const name of ['a', 'b', 'c']) void enter(name);
    const a = await take();
    await take();
    expect(await isNobodyIn()).toBe(true);
    gate.leave(a.ticket, { kind: 'answered' });
    expect((await take()).name).toBe('c');
  });

  it('sends one probe at a time while paused, in turn, and everybody once it is answered', async () => {
    const { gate, timer, enter, take, isNobodyIn } = gateWith(2);
    void enter('a');
    void enter('b');
    const a = await take();
    const b = await take();
    gate.leave(a.ticket, AWAY);
    gate.leave(b.ticket, AWAY);
    expect(gate.isPaused).toBe(true);
    for (const name of ['a', 'b', 'c']) void enter(name);
    expect(await isNobodyIn()).toBe(true);

    timer.advance(100);
    const first = await take();
    expect(first).toMatchObject({ name: 'a', ticket: { isProbe: true } });
    timer.advance(10_000);
    expect(await isNobodyIn()).toBe(true);

    gate.leave(first.ticket, AWAY);
    void enter('a');
    timer.advance(10_000);
    const second = await take();
    expect(second.name).toBe('b');

    gate.leave(second.ticket, { kind: 'answered' });
    expect(gate.isPaused).toBe(false);
    expect([(await take()).name, (await take()).name]).toEqual(['c', 'a']);
  });

  it('waits longer from probe to probe, up to the cap', async () => {
    const { gate, timer, enter, take, isNobodyIn } = gateWith(1);
    void enter('a');
    gate.leave((await take()).ticket, AWAY);
    for (let probes = 0; probes < 10; probes += 1) {
      void enter('a');
      timer.advance(5_000);
      gate.leave((await take()).ticket, AWAY);
    }
    void enter('a');
    timer.advance(3_900);
    expect(await isNobodyIn()).toBe(true);
    timer.advance(1_100);
    expect((await take()).name).toBe('a');
  });

  it('honours Retry-After instead of its own delay', async () => {
    const { gate, timer, enter, take, isNobodyIn } = gateWith(1);
    void enter('a');
    gate.leave((await take()).ticket, { kind: 'away', retryAfterMs: 7_000 });
    void enter('a');
    timer.advance(6_999);
    expect(await isNobodyIn()).toBe(true);
    timer.advance(1);
    expect((await take()).name).toBe('a');
  });

  it('lets a waiter go without a ticket when its signal aborts', async () => {
    const { gate, enter, take, isNobodyIn } = gateWith(1);
    void enter('a');
    const stop = new AbortController();
    const waiting = enter('b', stop.signal);
    stop.abort();
    await waiting;
    gate.leave((await take()).ticket, { kind: 'answered' });
    expect(await isNobodyIn()).toBe(true);
    expect(gate.inFlight).toBe(0);
  });

  it('goes on probing when a probe was broken off', async () => {
    const { gate, timer, enter, take } = gateWith(1);
    void enter('a');
    gate.leave((await take()).ticket, AWAY);
    void enter('a');
    void enter('b');
    timer.advance(100);
    gate.leave((await take()).ticket, { kind: 'unknown' });
    expect((await take()).name).toBe('b');
  });

  it('admits who asks to go alone in turn, when nothing is in flight, and nobody beside it', async () => {
    const { gate, enter, take, isNobodyIn } = gateWith(3);
    void enter('a');
    void enter('alone', never, true);
    void enter('b');
    const a = await take();
    expect(a.ticket.isAlone).toBe(false);
    expect(await isNobodyIn()).toBe(true);
    gate.leave(a.ticket, { kind: 'answered' });
    const alone = await take();
    expect(alone).toMatchObject({ name: 'alone', ticket: { isAlone: true, isProbe: false } });
    expect(await isNobodyIn()).toBe(true);
    gate.leave(alone.ticket, { kind: 'answered' });
    expect((await take()).name).toBe('b');
  });

  it('lets the others in when the one who asked to go alone goes away', async () => {
    const { enter, take } = gateWith(2);
    void enter('a');
    await take();
    const stop = new AbortController();
    void enter('alone', stop.signal, true);
    void enter('b');
    stop.abort();
    expect((await take()).name).toBe('b');
  });

  it('knows a probe to be alone only when nothing from before the pause is in flight', async () => {
    const { gate, timer, enter, take } = gateWith(2);
    void enter('a');
    void enter('straggler');
    const a = await take();
    const straggler = await take();
    gate.leave(a.ticket, { kind: 'lost' });
    void enter('a');
    timer.advance(100);
    const early = await take();
    expect(early.ticket).toMatchObject({ isProbe: true, isAlone: false });
    gate.leave(straggler.ticket, { kind: 'lost' });
    gate.leave(early.ticket, { kind: 'lost' });
    void enter('a');
    timer.advance(5_000);
    expect((await take()).ticket).toMatchObject({ isProbe: true, isAlone: true, calmMs: 5_000 });
  });

  it('takes its start for no calm', async () => {
    const { gate, timer, enter, take } = gateWith(1);
    expect(gate.calmMs).toBe(0);
    timer.advance(4_000);
    void enter('a');
    expect((await take()).ticket.calmMs).toBe(4_000);
  });

  it('counts for how long it has been open, without its pauses', async () => {
    const { gate, timer, enter, take } = gateWith(1);
    timer.advance(1_000);
    void enter('a');
    gate.leave((await take()).ticket, { kind: 'lost' });
    timer.advance(5_000);
    expect(gate.openMs).toBe(1_000);
    void enter('a');
    gate.leave((await take()).ticket, AWAY);
    timer.advance(5_000);
    void enter('a');
    gate.leave((await take()).ticket, { kind: 'answered' });
    timer.advance(300);
    expect(gate.openMs).toBe(1_300);
  });

  it('is calm for as long as no connection was lost, whatever else the sink answers', async () => {
    const { gate, timer, enter, take } = gateWith(1);
    void enter('a');
    gate.leave((await take()).ticket, { kind: 'lost' });
    expect(gate.calmMs).toBe(0);
    timer.advance(3_000);
    void enter('a');
    gate.leave((await take()).ticket, AWAY);
    expect(gate.calmMs).toBe(3_000);
  });
});
