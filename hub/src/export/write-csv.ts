import { stringify } from 'csv-stringify/sync';
import type { ResultRow } from '../ledger/result-store.js';
import type { ExportSink } from './export-sink.js';
import { FLAT_RESULT_COLUMNS } from './result-columns.js';

const OPTIONS = {
  // RFC 4180
  record_delimiter: '\r\n',
  // a spreadsheet must not take a text for a formula
  escape_formulas: true,
} as const;

type Cell = string | number | null;

const NAMES: readonly Cell[] = FLAT_RESULT_COLUMNS.map(({ name }) => name);

/** A line of names, then a line a row; null is empty. @param pages of rows, taken one at a time */
export async function writeCsv(pages: AsyncIterable<readonly ResultRow[]>, sink: ExportSink): Promise<void> {
  // together with the first rows, so that nothing is sent when they cannot be had
  let head = [NAMES];
  for await (const rows of pages) {
    await sink(linesOf([...head, ...rows.map((row) => FLAT_RESULT_COLUMNS.map(({ valueOf }) => valueOf(row)))]));
    head = [];
  }
  if (head.length > 0) await sink(linesOf(head));
}

function linesOf(records: readonly (readonly Cell[])[]): Uint8Array {
  return Buffer.from(stringify(records as Cell[][], OPTIONS));
}
