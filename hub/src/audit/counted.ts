/** How many of something, as one says it: `1 row`, `2 rows`. @param many for a word whose plural is more than an s */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

const OF_ONE = { are: 'is', were: 'was' };

/** Rows by their numbers and the verb of what is said of them: `row 3 was`, `rows 3 to 5 were`. */
export function rowsThat(verb: keyof typeof OF_ONE, first: number, last: number): string {
  return first === last ? `row ${first} ${OF_ONE[verb]}` : `rows ${first} to ${last} ${verb}`;
}
