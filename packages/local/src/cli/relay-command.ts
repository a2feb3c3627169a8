import { setTimeout as delay } from 'node:timers/promises';
import { UsageError } from '../fleet/fleet-config.js';
import { NoAnswerError, answerLimitMs, callSite, runningFleet, siteNamed, type RunningSite } from './site-client.js';
import type { Terminal } from './terminal.js';

const POLL_MS = 250;
/** Where no live line can be drawn, one line now and then. */
const PLAIN_INTERVAL_MS = 5_000;

export interface ReplayOptions {
  dataDir: string;
  site: string;
  from: number;
  /** up to the latest event when undefined */
  to?: number | undefined;
  /** Whether to wait until the events were sent. */
  wait: boolean;
  timeoutMs: number;
}

interface ReplayAnswer {
  queued: number;
  from: number;
  to: number;
  oldestKept: number | null;
  gone: { from: number; to: number } | null;
}

interface RelayState {
  published: number;
  replaying: number;
}

/** `hilum relay replay`: sends events of a site to the hub again. @returns 1 when some of them are no longer kept */
export async function replay(options: ReplayOptions, terminal: Terminal): Promise<number> {
  const site = siteNamed(runningFleet(options.dataDir), options.site);
  const { from, to } = options;
  if (to !== undefined && to < from) throw new UsageError('--to must not be below --from');
  const init = { method: 'POST', body: JSON.stringify({ from, ...(to === undefined ? {} : { to }) }) };
  const limitMs = answerLimitMs(options.timeoutMs);
  const answer = await callSite<ReplayAnswer>(site, 'hospital-it', '/api/v1/relay/replay', init, limitMs);
  const { queued, gone } = answer;
  if (gone !== null) {
    terminal.err(
      `${site.name} can no longer send ${gone.from} to ${gone.to}: sent events are kept for 30 days` +
        `${answer.oldestKept === null ? '' : `, the oldest kept is ${answer.oldestKept}`}\n`,
    );
  }
  terminal.out(`${site.name}: ${queued} event(s) of ${answer.from} to ${answer.to} queued to be sent again\n`);
  if (queued > 0 && options.wait) {
    await untilSent(site, answer, options.timeoutMs, terminal);
    terminal.out(`${site.name}: all sent; the hub drops what it has already\n`);
  }
  return gone === null ? 0 : 1;
}

async function untilSent(
  site: RunningSite,
  { to }: ReplayAnswer,
  timeoutMs: number,
  terminal: Terminal,
): Promise<void> {
  const until = performance.now() + timeoutMs;
  let nextLineAt = performance.now() + PLAIN_INTERVAL_MS;
  try {
    for (;;) {
      const relay = await relayState(site, answerLimitMs(until - performance.now()));
      if (relay !== null && relay.replaying === 0 && relay.published >= to) return;
      const now = performance.now();
      if (now > until) {
        const how = relay === null ? 'does not answer' : `still has ${relay.replaying} event(s) to send`;
        throw new UsageError(`${site.name} ${how} after ${timeoutMs / 1000} s; it goes on by itself`);
      }
      const progress = relay === null ? `${site.name} does not answer` : `${relay.replaying} to send`;
      if (terminal.isTerminal) terminal.err(`\r\x1b[2K${progress}`);
      else if (now >= nextLineAt) {
        terminal.err(`  ${progress}\n`);
        nextLineAt = now + PLAIN_INTERVAL_MS;
      }
      await delay(POLL_MS);
    }
  } finally {
    if (terminal.isTerminal) terminal.err('\r\x1b[2K');
  }
}

/** How far the relay is; null while the edge does not answer: a replay goes on after its restart. */
async function relayState(site: RunningSite, limitMs: number): Promise<RelayState | null> {
  try {
    return await callSite<RelayState>(site, 'hospital-it', '/api/v1/relay', {}, limitMs);
  } catch (error) {
    if (error instanceof NoAnswerError) return null;
    throw error;
  }
}
