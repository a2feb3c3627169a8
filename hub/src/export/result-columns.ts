import type { ResultRow } from '../ledger/result-store.js';

type Kind = 'text' | 'whole' | 'number' | 'time';

/** A column of an export: a field of the API's row, or a group of such as the row has it. */
export interface Column {
  name: string;
  /** null: a group */
  kind: Kind | null;
  /** what the API's schema allows to be null */
  isNullable: boolean;
  columns: readonly Column[];
}

const column = (name: string, kind: Kind, isNullable = false): Column => ({ name, kind, isNullable, columns: [] });
const group = (name: string, columns: readonly Column[], isNullable = false): Column => ({
  name,
  kind: null,
  isNullable,
  columns,
});
const optional = true;

/** Every field of a result, by the names and in the order of the API; a test holds the two together. */
export const RESULT_COLUMNS: readonly Column[] = [
  column('id', 'text'),
  column('receivedAt', 'time'),
  column('traceId', 'text', optional),
  column('site', 'text'),
  column('sequence', 'whole'),
  column('studyPseudonym', 'text'),
  column('imagePseudonym', 'text'),
  column('decision', 'text'),
  column('probability', 'number', optional),
  column('reason', 'text', optional),
  column('priority', 'text'),
  group('model', [column('name', 'text'), column('version', 'text'), column('digest', 'text')]),
  group('input', [
    column('kind', 'text'),
    column('width', 'whole', optional),
    column('height', 'whole', optional),
    column('bits', 'whole', optional),
    group(
      'stats',
      ['mean', 'std', 'min', 'max'].map((name) => column(name, 'number')),
      optional,
    ),
  ]),
  group(
    'timingsMs',
    ['notify', 'queue', 'fetch', 'decode', 'predict', 'explain', 'publish'].map((name) =>
      column(name, 'number', optional),
    ),
  ),
  column('uploadedAt', 'time'),
  column('scoredAt', 'time'),
  column('supersedes', 'text', optional),
];

/** A field as a table without groups names it, such as `input.stats.mean`. */
export interface FlatColumn {
  name: string;
  valueOf: (row: ResultRow) => string | number | null;
}

export const FLAT_RESULT_COLUMNS: readonly FlatColumn[] = flatten(RESULT_COLUMNS, []);

function flatten(columns: readonly Column[], path: readonly string[]): FlatColumn[] {
  return columns.flatMap(({ name, kind, columns: inner }) => {
    const own = [...path, name];
    return kind === null ? flatten(inner, own) : [{ name: own.join('.'), valueOf: (row: ResultRow) => at(row, own) }];
  });
}

function at(row: ResultRow, path: readonly string[]): string | number | null {
  const value = path.reduce<unknown>((outer, name) => (outer as Record<string, unknown> | null)?.[name] ?? null, row);
  return value as string | number | null;
}
