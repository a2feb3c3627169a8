/** Where a marker begins that a baseline JPEG of one scan has once. @throws Error when there is none */
export function markerAt(jpeg: Buffer, marker: number): number {
  const at = jpeg.indexOf(Buffer.from([0xff, marker]));
  if (at < 0) throw new Error(`the JPEG has no marker ${marker.toString(16)}`);
  return at;
}

/** Puts a marker segment right behind the start of the image. */
export function withSegment(jpeg: Buffer, marker: number, content: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, content, jpeg.subarray(2)]);
}

/** A few bytes of nothing between the tables and the frame header, as some devices write them. */
export function withStrayBytes(jpeg: Buffer): Buffer {
  const frame = markerAt(jpeg, 0xc0);
  return Buffer.concat([jpeg.subarray(0, frame), Buffer.from('stray'), jpeg.subarray(frame)]);
}

/** The same pixels under a frame header that claims another size. */
export function withClaimedSize(jpeg: Buffer, width: number, height: number): Buffer {
  const lying = Buffer.from(jpeg);
  const frame = markerAt(jpeg, 0xc0);
  lying.writeUInt16BE(height, frame + 5);
  lying.writeUInt16BE(width, frame + 7);
  return lying;
}

/** An EXIF block whose only field is the orientation: a short by the standard, text when `isText`. */
export function withOrientation(jpeg: Buffer, orientation: number, isText: boolean = false): Buffer {
  const field = Buffer.alloc(12);
  field.writeUInt16LE(0x0112, 0);
  field.writeUInt16LE(isText ? 2 : 3, 2);
  field.writeUInt32LE(1, 4);
  field.writeUInt16LE(orientation, 8);
  const header = Buffer.from('Exif\0\0II*\0\x08\0\0\0\x01\0', 'latin1');
  return withSegment(jpeg, 0xe1, Buffer.concat([header, field, Buffer.alloc(4)]));
}
