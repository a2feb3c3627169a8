/** For memo: charts are costly to draw, and every answer of the hub is a new object with mostly the same numbers. */
export function isSame(before: object, after: object): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}
