/** How many of something, as one says it: `1 row`, `2 rows`. @param many for a word whose plural is more than an s */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
