import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { ResultRow } from '../ledger/result-store.js';
import type { ExportSink } from './export-sink.js';
import { RESULT_COLUMNS, type Column } from './result-columns.js';

type Schema = ConstructorParameters<typeof ParquetWriter>[0]['schema'];
type SchemaElement = Schema[number];

/** In Thrift's compact form: the next field is a list; an empty list, without and with the type of its elements. */
const LIST_FIELD = 0x19;
const EMPTY_LIST = 0x00;
const EMPTY_LIST_OF_STRUCTS = 0x0c;

/** Passes on what was written after each row group, so that no more than one is held. */
class SinkWriter extends ByteWriter {
  readonly #sink: ExportSink;
  #lastByte: number | undefined;
  hasNoRows = true;

  constructor(sink: ExportSink) {
    super();
    this.#sink = sink;
  }

  /**
   * The library writes an empty list without the type of its elements, which strict readers refuse. Only a file without
   * rows has one: the list of its row groups.
   */
  override appendUint8(value: number): void {
    const isEmptyList = value === EMPTY_LIST && this.#lastByte === LIST_FIELD && this.hasNoRows;
    this.#lastByte = value;
    super.appendUint8(isEmptyList ? EMPTY_LIST_OF_STRUCTS : value);
  }

  async flush(): Promise<void> {
    // a copy, since the buffer is written again
    const bytes = this.getBytes().slice();
    this.index = 0;
    await this.#sink(bytes);
  }
}

/** Rows with the groups of the API's rows, times as timestamps. @param pages of rows: each becomes a row group */
export async function writeParquet(pages: AsyncIterable<readonly ResultRow[]>, sink: ExportSink): Promise<void> {
  const schema: Schema = [
    { name: 'result', num_children: RESULT_COLUMNS.length },
    ...RESULT_COLUMNS.flatMap((column) => elementsOf(column)),
  ];
  const writer = new SinkWriter(sink);
  const parquet = new ParquetWriter({ writer, schema, createdBy: 'hilum' });
  for await (const rows of pages) {
    writer.hasNoRows = false;
    const columnData = RESULT_COLUMNS.map((column) => ({
      name: column.name,
      data: rows.map((row) => valueOf(column, row[column.name as keyof ResultRow])),
    }));
    await parquet.write({ columnData, rowGroupSize: rows.length });
  }
  await parquet.finish();
  await writer.flush();
}

function elementsOf({ name, kind, isNullable, columns }: Column): SchemaElement[] {
  const repetition_type = isNullable ? 'OPTIONAL' : 'REQUIRED';
  switch (kind) {
    case null:
      return [{ name, repetition_type, num_children: columns.length }, ...columns.flatMap(elementsOf)];
    case 'text':
      return [{ name, repetition_type, type: 'BYTE_ARRAY', converted_type: 'UTF8' }];
    case 'whole':
      return [{ name, repetition_type, type: 'INT64' }];
    case 'number':
      return [{ name, repetition_type, type: 'DOUBLE' }];
    case 'time':
      return [
        {
          name,
          repetition_type,
          type: 'INT64',
          converted_type: 'TIMESTAMP_MILLIS',
          logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
        },
      ];
  }
}

/** As Parquet's types want it. */
function valueOf({ kind, columns }: Column, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (kind === 'whole') return BigInt(value as number);
  if (kind === 'time') return new Date(value as string);
  if (kind !== null) return value;
  const inner = value as Record<string, unknown>;
  return Object.fromEntries(columns.map((column) => [column.name, valueOf(column, inner[column.name])]));
}
