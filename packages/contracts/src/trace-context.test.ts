import { describe, expect, it } from 'vitest';
import { childSpan, formatTraceparent, parseTraceparent } from './trace-context.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('parseTraceparent', () => {
  it('reads trace, span and the sampled flag', () => {
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual({ traceId: TRACE, spanId: SPAN, sampled: true });
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-00`)).toMatchObject({ sampled: false });
  });

  it('takes the sampled flag alone from flags that it does not know', () => {
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-fe`)).toMatchObject({ sampled: false });
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-ff`)).toMatchObject({ sampled: true });
  });

  it('reads a later version by its first four fields, with or without more of them', () => {
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01`)).toMatchObject({ traceId: TRACE });
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01-what-the-future-brings`)).toMatchObject({ traceId: TRACE });
  });

  it('lets white space around be', () => {
    expect(parseTraceparent(` 00-${TRACE}-${SPAN}-01\t`)).toMatchObject({ traceId: TRACE });
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an empty text', ''],
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['a fifth field in version 00', `00-${TRACE}-${SPAN}-01-extra`],
    ['a trailing dash in version 00', `00-${TRACE}-${SPAN}-01-`],
    ['text after the flags of a later version', `cc-${TRACE}-${SPAN}-01.extra`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['a short trace', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['a long span', `00-${TRACE}-${SPAN}0-01`],
    ['a letter beyond f', `00-${TRACE}-${SPAN.replace('b', 'g')}-01`],
    ['a version of one digit', `0-${TRACE}-${SPAN}-01`],
    ['missing flags', `00-${TRACE}-${SPAN}`],
    ['flags of one digit', `00-${TRACE}-${SPAN}-1`],
    ['underscores', `00_${TRACE}_${SPAN}_01`],
  ])('refuses %s', (_what, value) => {
    expect(parseTraceparent(value)).toBeNull();
  });
});

describe('formatTraceparent', () => {
  it('writes what parseTraceparent reads', () => {
    for (const sampled of [true, false]) {
      const context = { traceId: TRACE, spanId: SPAN, sampled };

      expect(parseTraceparent(formatTraceparent(context))).toEqual(context);
    }
  });
});

describe('childSpan', () => {
  it('keeps the trace and takes a span of its own', () => {
    const child = childSpan({ traceId: TRACE });

    expect(child.traceId).toBe(TRACE);
    expect(child.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(childSpan({ traceId: TRACE }).spanId).not.toBe(child.spanId);
  });

  it('begins a new trace when there is none', () => {
    const first = childSpan(null);

    expect(first.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(childSpan(null).traceId).not.toBe(first.traceId);
  });
});
