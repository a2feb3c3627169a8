/** How large a JSON text may be, beside its bytes. */
export interface JsonBounds {
  /** values, separators and brackets in it, roughly: each of them costs a parser many times its byte */
  mostValues: number;
  mostDepth: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/**
 * Looks through a JSON text before it is parsed: 30 MB of `{},` are a gigabyte of objects and a minute of the thread that answers, while
 * counting what stands outside its texts takes milliseconds. It does not tell whether the text is JSON; a parser does.
 * @returns what it exceeds, null when it is within
 */
export function beyondBounds(json: Uint8Array, { mostValues, mostDepth }: JsonBounds): string | null {
  let values = 0;
  let depth = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at] as number;
    // digits, letters and white space are most of what there is
    if (byte !== COMMA && byte !== QUOTE && byte < 0x5b) continue;
    if (byte === QUOTE) at = endOfText(json, at);
    else if (byte === COMMA) values += 1;
    else if (OPENING.has(byte)) {
      values += 1;
      depth += 1;
    } else if (CLOSING.has(byte)) depth -= 1;
    if (values > mostValues) return `holds more than ${mostValues} values`;
    if (depth > mostDepth) return `is nested deeper than ${mostDepth}`;
  }
  return null;
}

/** Where the text ends that begins here, or the whole does. */
function endOfText(json: Uint8Array, begin: number): number {
  for (let end = json.indexOf(QUOTE, begin + 1); end >= 0; end = json.indexOf(QUOTE, end + 1)) {
    let backslashes = 0;
    while (json[end - 1 - backslashes] === BACKSLASH) backslashes += 1;
    // an even number of them are characters themselves
    if (backslashes % 2 === 0) return end;
  }
  return json.length;
}
