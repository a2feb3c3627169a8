import { Problem } from '@hilum/runtime';

/** Opaque to clients, so that what a page continues by can change. */
export function encodeCursor(value: string | number): string {
  return Buffer.from(String(value), 'utf8').toString('base64url');
}

/** @throws Problem 400 when the text is not a cursor whose content matches */
export function decodeCursor(cursor: string | undefined, content: RegExp): string | undefined {
  if (cursor === undefined) return undefined;
  const value = Buffer.from(cursor, 'base64url').toString('utf8');
  if (!content.test(value) || encodeCursor(value) !== cursor)
    throw new Problem(
      400,
      'HILUM_HTTP_QUERY_INVALID',
      'Bad query',
      'cursor: must be the nextCursor of an earlier page of this list; leave it out to begin',
    );
  return value;
}
