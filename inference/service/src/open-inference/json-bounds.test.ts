import { describe, expect, it } from 'vitest';
import { beyondBounds } from './json-bounds.js';

const beyond = (text: string, bounds: { mostValues?: number; mostDepth?: number }): string | null =>
  beyondBounds(Buffer.from(text), { mostValues: 1000, mostDepth: 100, ...bounds });

describe('bounds of a JSON text', () => {
  it('count separators and brackets, wherever they stand', () => {
    expect(beyond('{"a": [1, 2, [3, 4]], "b": {}}', { mostValues: 8 })).toBeNull();
    expect(beyond('{"a": [1, 2, [3, 4]], "b": {}}', { mostValues: 7 })).toBe('holds more than 7 values');
    expect(beyond('[{},{},{},{}]', { mostValues: 7 })).toBe('holds more than 7 values');
  });

  it('tell how deep lists and objects are in each other, not how many there are', () => {
    expect(beyond('[[1],[2],{"a":[3]}]', { mostDepth: 3 })).toBeNull();
    expect(beyond('[[1],[2],{"a":[3]}]', { mostDepth: 2 })).toBe('is nested deeper than 2');
  });

  it('take nothing in a text for what it is outside', () => {
    const text = JSON.stringify({ a: '[[[,,,"\\', b: '\\\\"]]]{', c: '\\' });
    expect(beyond(text, { mostValues: 3, mostDepth: 1 })).toBeNull();
    expect(beyond(text, { mostValues: 2, mostDepth: 1 })).toBe('holds more than 2 values');
  });

  it.each(['', '"', '"\\', ']]]]', '"abc', '\\"[', '{"a'])('end where the text ends: %s', (text) => {
    expect(beyond(text, {})).toBeNull();
  });
});
