import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { clockOffsetMs, type ClockReading } from '@hilum/runtime';
import { askHttp } from '../adapters/http-question.js';
import { withDatabase } from '../adapters/database-session.js';
import { AwayError } from '../adapters/away-error.js';
import { HUB, MACHINE, combine, failed, ok, skipped, warning, type Check, type Finding } from '../check.js';
import { siteState, whyNotRunning, type Examination } from '../examination.js';
import { lastTime, logLines } from '../log-times.js';
import { serviceUrls } from './services-check.js';

const WARN_MS = 2_000;
const FAIL_MS = 30_000;
const FIX = 'set the clocks by NTP on both machines: timedatectl set-ntp true';

export function clockFinding(reading: ClockReading): Finding {
  const offsetMs = clockOffsetMs(reading);
  const seconds = Math.round(Math.abs(offsetMs) / 1000);
  const text = `the clock of ${reading.of} is ${seconds} s ${offsetMs < 0 ? 'behind' : 'ahead of'} this machine's`;
  if (Math.abs(offsetMs) > FAIL_MS) return failed(text, { fix: FIX });
  if (Math.abs(offsetMs) > WARN_MS) return warning(text, { fix: FIX });
  return ok(`${reading.of} agrees`);
}

/** The clocks of one owner's services and of its database agree with this machine's. */
export function clocksCheck(examination: Examination, subject: string): Check {
  return {
    name: 'clocks',
    subject,
    run: async (signal) => {
      const why = whyNotRunning(examination);
      if (why !== null) return skipped(why);
      const now = (): number => examination.now().getTime();
      const owner = subject === HUB ? (examination.state?.hub ?? null) : siteState(examination, subject);
      if (owner === null) return skipped('it is not running');
      const http = [...serviceUrls(examination, subject)].map(async ([name, url]): Promise<ClockReading | null> => {
        const askedAtMs = now();
        const { date } = await askHttp(name, `${url}/healthz`, signal);
        const theirsMs = Date.parse(date ?? '');
        if (Number.isNaN(theirsMs)) return null;
        return { of: name, askedAtMs, answeredAtMs: now(), theirsMs, resolutionMs: 1_000 };
      });
      const database = withDatabase(`${subject}-postgres`, owner.databaseUrl, signal, async (db) => {
        const askedAtMs = now();
        const [row] = await db.rows<{ ms: number }>(
          'select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms',
        );
        const theirsMs = row?.ms ?? Number.NaN;
        return { of: `${subject}-postgres`, askedAtMs, answeredAtMs: now(), theirsMs, resolutionMs: 1 };
      });
      const asked = await Promise.allSettled([...http, database]);
      const readings = asked.flatMap((one) => (one.status === 'fulfilled' && one.value !== null ? [one.value] : []));
      if (readings.length === 0) throw new AwayError(`everything of ${subject} that has a clock`, 'none answered');
      return combine(
        readings.map(clockFinding),
        `in step with this machine: ${readings.map(({ of }) => of).join(', ')}`,
      );
    },
  };
}

/** A log as its file and its last line tell; times in milliseconds since the epoch. */
export interface LogTimes {
  name: string;
  writtenAtMs: number;
  lastLineAtMs: number | null;
}

export function logTimesFinding(logs: readonly LogTimes[], nowMs: number): Finding {
  const findings = logs.map(({ name, writtenAtMs, lastLineAtMs }) => {
    const aheadMs = Math.max(writtenAtMs, lastLineAtMs ?? 0) - nowMs;
    if (aheadMs <= WARN_MS) return ok(name);
    const text = `${name} was written ${Math.round(aheadMs / 1000)} s in the future: this machine's clock was set back`;
    return (aheadMs > FAIL_MS ? failed : warning)(text, { fix: 'timedatectl set-ntp true' });
  });
  return combine(findings, 'no log was written in the future');
}

/** This machine's clock was not set back: nothing of what runs here was written in the future. */
export function logTimesCheck({ dataDir, now }: Examination): Check {
  return {
    name: 'clocks',
    subject: MACHINE,
    run: () => {
      const folder = join(dataDir, 'logs');
      const names = logNames(folder);
      if (names.length === 0) return skipped('there are no logs yet');
      const logs = names.map((name): LogTimes => {
        const path = join(folder, name);
        const last = lastTime(logLines(path));
        return { name, writtenAtMs: statSync(path).mtimeMs, lastLineAtMs: last === null ? null : Date.parse(last) };
      });
      return logTimesFinding(logs, now().getTime());
    },
  };
}

function logNames(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.log'));
  } catch {
    return [];
  }
}
