import { once } from 'node:events';
import type { Response } from 'express';
import type { ResultRow } from '../ledger/result-store.js';
import type { ExportSink } from './export-sink.js';
import { writeCsv } from './write-csv.js';
import { writeParquet } from './write-parquet.js';

export const EXPORT_FORMATS = ['csv', 'parquet'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

interface Format {
  contentType: string;
  write: (pages: AsyncIterable<readonly ResultRow[]>, sink: ExportSink) => Promise<void>;
}

const FORMATS: Readonly<Record<ExportFormat, Format>> = {
  csv: { contentType: 'text/csv; charset=utf-8; header=present', write: writeCsv },
  parquet: { contentType: 'application/vnd.apache.parquet', write: writeParquet },
};

/**
 * Streams rows as a file. A failure after the first row breaks the connection off, so that nobody takes a part for the
 * whole.
 * @param stopping ends it, which would otherwise hold the stop of the process
 * @throws what happened before anything was sent
 */
export async function sendExport(
  response: Response,
  format: ExportFormat,
  pages: AsyncIterable<readonly ResultRow[]>,
  stopping: AbortSignal,
): Promise<void> {
  const { contentType, write } = FORMATS[format];
  const gone = new AbortController();
  const breakOff = (): void => void response.destroy();
  stopping.addEventListener('abort', breakOff);
  response.on('close', () => {
    stopping.removeEventListener('abort', breakOff);
    gone.abort();
  });
  const sink: ExportSink = async (bytes) => {
    if (!response.headersSent)
      response.set({
        'Content-Type': contentType,
        'Content-Disposition': `attachment; filename="hilum-results.${format}"`,
      });
    gone.signal.throwIfAborted();
    if (!response.write(bytes)) await once(response, 'drain', { signal: gone.signal });
  };
  try {
    await write(pages, sink);
    response.end();
  } catch (error) {
    if (gone.signal.aborted) return;
    if (!response.headersSent) throw error;
    response.destroy();
    throw error;
  }
}
