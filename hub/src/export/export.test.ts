import { tableFromIPC } from 'apache-arrow';
import Papa from 'papaparse';
import { readParquet } from 'parquet-wasm/node';
import { describe, expect, it } from 'vitest';
import { sampleResult } from '../testing/sample-events.js';
import type { ResultRow } from '../ledger/result-store.js';
import { resultRow } from '../api/schemas.js';
import type { ExportSink } from './export-sink.js';
import { FLAT_RESULT_COLUMNS, RESULT_COLUMNS } from './result-columns.js';
import { writeCsv } from './write-csv.js';
import { writeParquet } from './write-parquet.js';

function row(sequence: number, change: Partial<ResultRow> = {}): ResultRow {
  return {
    id: String(sequence).padStart(64, '0'),
    receivedAt: '2026-05-04T12:00:02.000Z',
    traceId: null,
    ...sampleResult('st-agnes', sequence),
    ...change,
  };
}

const unreadable: Partial<ResultRow> = {
  decision: 'unreadable',
  probability: null,
  reason: 'corrupt',
  traceId: 'ab'.repeat(16),
  input: { kind: 'unknown', width: null, height: null, bits: null, stats: null },
  timingsMs: { notify: null, queue: null, fetch: 1.5, decode: null, predict: null, explain: null, publish: null },
};

async function* pagesOf(...pages: ResultRow[][]): AsyncGenerator<ResultRow[]> {
  for (const page of pages) {
    await Promise.resolve();
    yield page;
  }
}

async function bytesOf(write: (sink: ExportSink) => Promise<void>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  await write((bytes) => {
    parts.push(bytes);
    return Promise.resolve();
  });
  return Buffer.concat(parts);
}

/** By another implementation than the one that writes: Apache Arrow's in Rust. */
function rowsOfParquet(bytes: Uint8Array): Record<string, unknown>[] {
  const table = tableFromIPC(readParquet(bytes).intoIPCStream());
  return JSON.parse(
    JSON.stringify(
      table.toArray().map((line: { toJSON: () => unknown }) => line.toJSON()),
      (_name, value: unknown) => (typeof value === 'bigint' ? Number(value) : value),
    ),
  ) as Record<string, unknown>[];
}

const asInParquet = (result: ResultRow): Record<string, unknown> => ({
  ...result,
  ...Object.fromEntries(
    (['receivedAt', 'uploadedAt', 'scoredAt'] as const).map((name) => [name, Date.parse(result[name])]),
  ),
});

describe('the columns of an export', () => {
  it('are the fields of the API’s rows, all of them and no other', () => {
    const namesOf = (value: unknown, path: string): string[] =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).flatMap(([name, inner]) => namesOf(inner, path === '' ? name : `${path}.${name}`))
        : [path];
    expect(FLAT_RESULT_COLUMNS.map(({ name }) => name)).toEqual(namesOf(row(1), ''));
    expect(RESULT_COLUMNS.map(({ name }) => name)).toEqual(Object.keys(resultRow.shape));
  });
});

describe('CSV', () => {
  it('is read back as the rows that were written', async () => {
    const rows = [row(1), row(2, unreadable), row(3, { decision: 'review', reason: 'uncertain' as never })];
    const bytes = await bytesOf((sink) => writeCsv(pagesOf(rows.slice(0, 2), rows.slice(2)), sink));
    const { data, errors } = Papa.parse<Record<string, string>>(bytes.toString('utf8').trimEnd(), {
      header: true,
      newline: '\r\n',
    });
    expect(errors).toEqual([]);
    expect(data).toEqual(
      rows.map((one) =>
        Object.fromEntries(FLAT_RESULT_COLUMNS.map(({ name, valueOf }) => [name, String(valueOf(one) ?? '')])),
      ),
    );
    expect(data[1]).toMatchObject({ probability: '', 'input.stats.mean': '', 'timingsMs.fetch': '1.5' });
  });

  it('is safe to open: a text is no formula, and line ends, quotes and commas stay in their field', async () => {
    const evil = ['=1+1', '+1', '-1', '@SUM(A1)', '\ttab', 'a,"b"\r\nc'];
    const rows = evil.map((reason, index) => row(index, { reason: reason as never }));
    const text = (await bytesOf((sink) => writeCsv(pagesOf(rows), sink))).toString('utf8');
    expect(text.endsWith('\r\n')).toBe(true);
    const { data } = Papa.parse<Record<string, string>>(text.trimEnd(), { header: true, newline: '\r\n' });
    expect(data.map(({ reason }) => reason)).toEqual(["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\ttab", 'a,"b"\r\nc']);
  });

  it('has its line of names when there is no row', async () => {
    const text = (await bytesOf((sink) => writeCsv(pagesOf(), sink))).toString('utf8');
    expect(text.split('\r\n')).toEqual([FLAT_RESULT_COLUMNS.map(({ name }) => name).join(','), '']);
  });
});

describe('Parquet', () => {
  it('is read back by another implementation as the rows that were written, groups, times and nulls alike', async () => {
    const rows = [row(1), row(2, unreadable), row(3, { probability: 0.123456789 })];
    const bytes = await bytesOf((sink) => writeParquet(pagesOf(rows.slice(0, 2), rows.slice(2)), sink));
    expect(rowsOfParquet(bytes)).toEqual(rows.map(asInParquet));
  });

  it('is a table without rows when there is none', async () => {
    const bytes = await bytesOf((sink) => writeParquet(pagesOf(), sink));
    const table = tableFromIPC(readParquet(bytes).intoIPCStream());
    expect(table.numRows).toBe(0);
    expect(table.schema.fields.map(({ name }) => name)).toEqual(Object.keys(resultRow.shape));
  });
});

describe.each([
  ['CSV', writeCsv],
  ['Parquet', writeParquet],
])('an export of many rows as %s', (_name, write) => {
  it('holds a page at a time, and makes no more before the client has taken it', async () => {
    const PAGES = 40;
    const PAGE_ROWS = 500;
    let made = 0;
    let taken = 0;
    let largest = 0;
    let total = 0;
    async function* pages(): AsyncGenerator<ResultRow[]> {
      for (; made < PAGES; made += 1) {
        // the page before has gone out when this one is asked for
        expect(taken).toBe(made);
        await Promise.resolve();
        yield Array.from({ length: PAGE_ROWS }, (_, index) => row(made * PAGE_ROWS + index + 1));
      }
    }
    await write(pages(), async (bytes) => {
      await new Promise((resolve) => setImmediate(resolve));
      taken += 1;
      largest = Math.max(largest, bytes.length);
      total += bytes.length;
    });
    expect(made).toBe(PAGES);
    // had it been held back, a part would be as large as the whole
    expect(largest).toBeLessThan((total / PAGES) * 3);
  });

  it('ends when the client goes', async () => {
    let asked = 0;
    async function* pages(): AsyncGenerator<ResultRow[]> {
      for (;;) {
        asked += 1;
        await Promise.resolve();
        yield [row(asked)];
      }
    }
    const gone = write(pages(), () =>
      asked < 3 ? Promise.resolve() : Promise.reject(new Error('the client has gone')),
    );
    await expect(gone).rejects.toThrow('the client has gone');
    expect(asked).toBe(3);
  });
});
