/** A file's bytes as they came, in one or several parts. */
export type FileParts = readonly Uint8Array[];

export function lengthOf(file: FileParts): number {
  return file.reduce((bytes, part) => bytes + part.length, 0);
}

/** All bytes in one piece: a copy, unless there is only one part. */
export function wholeOf(file: FileParts): Uint8Array {
  const [only] = file;
  return only !== undefined && file.length === 1 ? only : Buffer.concat(file);
}
