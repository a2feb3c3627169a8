import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HubStream } from './hub-stream';
import { sampleSite } from './sample-site';

/** What a browser has, driven by the test. */
class FakeEventSource extends EventTarget {
  static readonly CLOSED = 2;
  static made: FakeEventSource[] = [];
  readyState = 0;

  constructor() {
    super();
    FakeEventSource.made.push(this);
  }

  say(name: string, data?: unknown): void {
    this.dispatchEvent(Object.assign(new Event(name), { data: JSON.stringify(data) }));
  }

  close(): void {
    this.readyState = FakeEventSource.CLOSED;
  }
}

function source(): FakeEventSource {
  const last = FakeEventSource.made.at(-1);
  if (last === undefined) throw new Error('no stream was opened');
  return last;
}

describe('HubStream', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    FakeEventSource.made = [];
    vi.stubGlobal('window', globalThis);
    vi.stubGlobal('EventSource', FakeEventSource);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('tells every follower what happens, and none that has gone', () => {
    const stream = new HubStream(() => undefined);
    const heard: string[] = [];
    const follow = (name: string): (() => void) =>
      stream.follow({ onMissed: () => undefined, onSite: (site) => heard.push(`${name} ${site.name}`) });
    const leave = follow('first');
    follow('second');
    stream.open();
    source().say('site', sampleSite({ name: 'north' }));
    leave();
    source().say('site', sampleSite({ name: 'south' }));
    expect(heard).toEqual(['first north', 'second north', 'second south']);
  });

  it('tells those who show policies that states changed', () => {
    const stream = new HubStream(() => undefined);
    let changes = 0;
    stream.follow({ onMissed: () => undefined, onCompliance: () => (changes += 1) });
    stream.follow({ onMissed: () => undefined });
    stream.open();
    source().say('compliance', { transitions: 12 });
    expect(changes).toBe(1);
  });

  it('lets pages read once it is open, and again when something may have been missed', async () => {
    const stream = new HubStream(() => undefined);
    let missed = 0;
    stream.follow({ onMissed: () => (missed += 1) });
    let isListening = false;
    void stream.listening.then(() => (isListening = true));
    stream.open();
    await vi.advanceTimersByTimeAsync(0);
    expect(isListening).toBe(false);
    source().say('open');
    await vi.advanceTimersByTimeAsync(0);
    expect([isListening, missed]).toEqual([true, 0]);
    source().say('error');
    expect(stream.isConnected).toBe(false);
    source().say('open');
    expect([stream.isConnected, missed]).toEqual([true, 1]);
    source().say('reset', { reason: 'too-far-back' });
    expect(missed).toBe(2);
  });

  it('does not keep pages waiting behind a proxy that holds it back', async () => {
    const stream = new HubStream(() => undefined);
    stream.open();
    await vi.advanceTimersByTimeAsync(1_000);
    await expect(stream.listening).resolves.toBeUndefined();
  });

  it('is opened anew when it was refused, and asks whether the session has ended', async () => {
    let refusals = 0;
    const stream = new HubStream(() => (refusals += 1));
    stream.open();
    source().readyState = FakeEventSource.CLOSED;
    source().say('error');
    expect([refusals, FakeEventSource.made.length]).toEqual([1, 1]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(FakeEventSource.made).toHaveLength(2);
    stream.close();
  });
});
