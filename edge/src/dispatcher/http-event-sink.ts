import { z } from 'zod';
import type { ProblemSummary } from './delivery-rule.js';
import type { EventSink, SinkAnswer } from './event-sink.js';
import type { SinkRequest } from './kafka-source-event.js';

/** A problem document is small; a sink that answers more has its answer cut off, not read into memory. */
const MAX_PROBLEM_BYTES = 16_384;

/** Sends over HTTP, on connections that are kept open between deliveries (Node's own fetch does that). */
export class HttpEventSink implements EventSink {
  readonly #url: string;
  readonly #timeoutMs: number;
  readonly #now: () => number;

  constructor(options: { url: string; timeoutMs: number; now?: () => number }) {
    this.#url = options.url;
    this.#timeoutMs = options.timeoutMs;
    this.#now = options.now ?? Date.now;
  }

  async post(request: SinkRequest, signal: AbortSignal): Promise<SinkAnswer> {
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: request.headers,
        body: new Uint8Array(request.body),
        // followed, a redirect would turn the delivery into a GET without its body, and its 200 into a lost record
        redirect: 'manual',
        signal: AbortSignal.any([signal, timeout]),
      });
      const problem = response.ok ? await drained(response) : await problemOf(response);
      return {
        kind: 'answer',
        status: response.status,
        retryAfterMs: retryAfterMs(response.headers.get('retry-after'), this.#now()),
        problem,
      };
    } catch (error) {
      if (timeout.aborted) return { kind: 'timeout' };
      return isLostConnection(error) ? { kind: 'broken' } : { kind: 'no-connection' };
    }
  }
}

/** How Node's fetch (undici) tells of a connection that was there and is no more; the process at its end died, mostly. */
const LOST_CONNECTION_CODES: ReadonlySet<unknown> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** Whatever else fails (refused, unknown host, time to connect, TLS, no HTTP) counts as never connected. */
function isLostConnection(error: unknown): boolean {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error) || !('code' in cause)) return false;
  // a handshake that is cut short has the code of a reset, but nothing was sent yet
  return LOST_CONNECTION_CODES.has(cause.code) && !cause.message.includes('before secure TLS connection');
}

/** RFC 9110 section 10.2.3: seconds or a date; null when absent or neither. */
export function retryAfterMs(value: string | null, nowMs: number): number | null {
  if (value === null) return null;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs);
}

/** An unread body would keep its connection from being used again. */
async function drained(response: Response): Promise<null> {
  await response.arrayBuffer();
  return null;
}

const problemDocument = z.object({ code: z.string().optional(), detail: z.string().optional() });

async function problemOf(response: Response): Promise<ProblemSummary | null> {
  const text = await boundedText(response);
  try {
    const parsed = problemDocument.safeParse(JSON.parse(text));
    return parsed.success ? { code: parsed.data.code ?? null, detail: parsed.data.detail ?? null } : null;
  } catch {
    return null;
  }
}

async function boundedText(response: Response): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_PROBLEM_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
