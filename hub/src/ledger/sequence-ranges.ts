/**
 * PostgreSQL's text form of an int8multirange that holds exactly these whole numbers, such as `{[1,4),[7,8)}`.
 * Order and repetition do not matter.
 */
export function multirangeOf(numbers: Iterable<number>): string {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const ranges: string[] = [];
  let first: number | undefined;
  sorted.forEach((number, index) => {
    first ??= number;
    if (sorted[index + 1] === number + 1) return;
    ranges.push(`[${first},${number + 1})`);
    first = undefined;
  });
  return `{${ranges.join(',')}}`;
}
