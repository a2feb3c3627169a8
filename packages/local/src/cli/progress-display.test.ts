import { describe, expect, it } from 'vitest';
import { ProgressDisplay, type ProgressDisplayOptions } from './progress-display.js';

function displayed(
  isTerminal: boolean,
  options: Partial<ProgressDisplayOptions> = {},
): {
  display: ProgressDisplay;
  text: () => string;
  advance: (ms: number) => void;
} {
  let text = '';
  let nowMs = 0;
  const display = new ProgressDisplay({
    write: (more) => (text += more),
    isTerminal,
    columns: () => 40,
    now: () => nowMs,
    ...options,
  });
  return { display, text: () => text, advance: (ms) => (nowMs += ms) };
}

describe('ProgressDisplay', () => {
  it('writes a plain line for what is ready, what failed and what is under way, when it is no terminal', () => {
    const { display, text, advance } = displayed(false);
    display.report({ subject: 'part store', phase: 'working', detail: '3 of 9 packages' });
    display.report({ subject: 'hub-kafka', phase: 'waiting', detail: '' });
    advance(5_000);
    display.tick();
    display.report({ subject: 'part store', phase: 'ready', detail: '' });
    display.report({ subject: 'hub-kafka', phase: 'working', detail: '' });
    advance(1_500);
    display.report({ subject: 'hub-kafka', phase: 'failed', detail: 'hub-kafka ended with exit code 1' });
    const lines = text().split('\n');
    expect(lines[0]).toBe('  5.0 s: 3 of 9 packages · 1 waiting');
    expect(lines[1]).toMatch(/^✓ part store +5\.0 s$/);
    expect(lines[2]).toMatch(/^✗ hub-kafka +hub-kafka ended with exit code 1$/);
    expect(text()).not.toContain('\x1b');
  });

  it('shows the detail of every subject that it is told to', () => {
    const { display, text } = displayed(false, { tellsDetail: () => true });
    display.report({ subject: 'hub database', phase: 'working', detail: 'hub database: table results' });
    display.tick();
    expect(text()).toBe('  0.0 s: hub database: table results\n');
  });

  it('says nothing of a part that was there already', () => {
    const { display, text } = displayed(false);
    display.report({ subject: 'part kafka', phase: 'ready', detail: '' });
    display.tick();
    expect(text()).toBe('');
  });

  it('redraws one line, no longer than the terminal is wide', () => {
    const { display, text } = displayed(true);
    for (const name of ['st-agnes-kafka', 'riverside-kafka', 'hub-kafka']) {
      display.report({ subject: name, phase: 'working', detail: '' });
    }
    display.tick();
    expect(text().startsWith('\r\x1b[2K⠙ starting st-agnes-kafka, ')).toBe(true);
    expect(text().endsWith('…')).toBe(true);
    expect(text().replace('\r\x1b[2K', '').length).toBeLessThan(40);
  });

  it('shows nothing more once it is stopped', () => {
    const { display, text } = displayed(false);
    display.report({ subject: 'hub', phase: 'working', detail: '' });
    display.stop();
    display.report({ subject: 'hub', phase: 'ready', detail: '' });
    display.tick();
    expect(text()).toBe('');
  });
});
