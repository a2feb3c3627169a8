import type { ProgressReport } from '../parts/progress.js';

export interface ProgressDisplayOptions {
  write: (text: string) => void;
  /** A terminal gets one live line below the finished ones, anything else a line now and then. */
  isTerminal: boolean;
  columns?: () => number;
  now?: () => number;
  /** Whose detail says what is under way; of all others only the name is shown, as being started. */
  tellsDetail?: (subject: string) => boolean;
}

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const PLAIN_INTERVAL_MS = 5_000;
const LIVE_INTERVAL_MS = 120;

/** Shows what is being fetched and started: a lasting line for each that is done or failed, and what is under way. */
export class ProgressDisplay {
  readonly #options: Required<ProgressDisplayOptions>;
  readonly #startedAt: number;
  readonly #underway = new Map<string, { detail: string; since: number }>();
  readonly #waiting = new Set<string>();
  #timer: NodeJS.Timeout | null = null;
  #turn = 0;
  #stopped = false;

  constructor(options: ProgressDisplayOptions) {
    this.#options = {
      columns: () => 80,
      now: () => performance.now(),
      tellsDetail: (subject) => subject.startsWith('part '),
      ...options,
    };
    this.#startedAt = this.#options.now();
  }

  start(): void {
    const interval = this.#options.isTerminal ? LIVE_INTERVAL_MS : PLAIN_INTERVAL_MS;
    this.#timer = setInterval(() => this.tick(), interval);
    this.#timer.unref();
  }

  /** Seconds since the display was made. */
  seconds(): string {
    return ((this.#options.now() - this.#startedAt) / 1000).toFixed(1);
  }

  report({ subject, phase, detail }: ProgressReport): void {
    const known = this.#underway.get(subject);
    this.#waiting.delete(subject);
    if (this.#stopped) return;
    if (phase === 'waiting') this.#waiting.add(subject);
    if (phase === 'working') {
      this.#underway.set(subject, { detail, since: known?.since ?? this.#options.now() });
      return;
    }
    this.#underway.delete(subject);
    // A part that was in the cache was never under way: no news.
    if (phase === 'ready' && known !== undefined) {
      this.#line(`✓ ${subject.padEnd(24)} ${((this.#options.now() - known.since) / 1000).toFixed(1)} s`);
    }
    if (phase === 'failed') this.#line(`✗ ${subject.padEnd(24)} ${detail}`);
  }

  /** Draws what is under way. */
  tick(): void {
    const text = this.#status();
    if (text === null || this.#stopped) return;
    if (!this.#options.isTerminal) {
      this.#options.write(`  ${this.seconds()} s: ${text}\n`);
      return;
    }
    this.#turn += 1;
    const line = `${SPINNER[this.#turn % SPINNER.length] ?? ''} ${text}`;
    const columns = this.#options.columns();
    this.#options.write(`\r\x1b[2K${line.length < columns ? line : `${line.slice(0, columns - 2)}…`}`);
  }

  /** Ends the live line; what is reported later is not shown. */
  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer ?? undefined);
    this.#timer = null;
    if (this.#options.isTerminal) this.#options.write('\r\x1b[2K');
  }

  #status(): string | null {
    const { tellsDetail } = this.#options;
    const parts = [...this.#underway].filter(([subject]) => tellsDetail(subject));
    const processes = [...this.#underway.keys()].filter((subject) => !tellsDetail(subject));
    const texts = parts.map(([, { detail }]) => detail);
    if (processes.length > 0) texts.push(`starting ${processes.join(', ')}`);
    if (texts.length === 0) return null;
    return `${texts.join(' · ')}${this.#waiting.size > 0 ? ` · ${this.#waiting.size} waiting` : ''}`;
  }

  #line(text: string): void {
    this.#options.write(`${this.#options.isTerminal ? '\r\x1b[2K' : ''}${text}\n`);
  }
}
