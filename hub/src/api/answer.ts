import type { Request, Response } from 'express';
import { encodeCursor } from './cursor.js';

/** Of the API as a whole; in every ETag, so that another version of it is another answer. */
export const API_VERSION = '1.0.0';

export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** @param rows one more than the limit when there is a next page */
export function pageOf<Row>(rows: Row[], limit: number, cursorValue: (row: Row) => string | number): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(cursorValue(last)) : null };
}

/**
 * Gives the answer its ETag, and answers 304 when the client has it already. Weak: the same rows, if perhaps other bytes.
 * @param version of what the answer is made from, apart from the address
 */
export function isUnchanged(request: Request, response: Response, version: string): boolean {
  response.set('ETag', `W/"${API_VERSION}-${version}"`);
  if (!request.fresh) return false;
  response.status(304).end();
  return true;
}
