import { describe, expect, it } from 'vitest';
import { largestDifference, probabilityOf } from './answer.js';

function protocolAnswer(names: string[], values: number[]): [Buffer, string] {
  const outputs = names.map((name) => ({ name, datatype: 'FP32', parameters: { binary_data_size: 4 } }));
  const json = Buffer.from(JSON.stringify({ model_name: 'm', outputs }));
  const binary = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => binary.writeFloatLE(value, 4 * index));
  return [Buffer.concat([json, binary]), String(json.length)];
}

describe('the answer of a scoring server', () => {
  it('holds a probability in JSON', () => {
    expect(probabilityOf(Buffer.from('{"probability":0.25}'), undefined)).toBe(0.25);
  });

  it('holds a probability behind the JSON, as the Open Inference Protocol has it', () => {
    expect(probabilityOf(...protocolAnswer(['entropy', 'probability'], [7, 0.75]))).toBe(0.75);
  });

  it.each(['', '{}', '{"detail":"overloaded"}', '{"probability":null}', '{"probability":1.5}', '{"outputs":[]}'])(
    'is refused when it holds none: %s',
    (text) => {
      expect(() => probabilityOf(Buffer.from(text), undefined)).toThrow('an answer without a probability');
    },
  );

  it('is refused when it ends before the probability', () => {
    const [body, jsonLength] = protocolAnswer(['entropy', 'probability'], [7, 0.75]);
    expect(() => probabilityOf(body.subarray(0, -1), jsonLength)).toThrow('an answer without a probability');
  });
});

describe('the largest difference between the answers of two servers', () => {
  it('is told with the image that has it', () => {
    expect(largestDifference([0.5, 0.25, 1], [0.5, 0.75, 0.875])).toEqual({ difference: 0.5, image: 1 });
  });

  it('is refused when not all images were answered', () => {
    expect(() => largestDifference([0.5, 0.25], [0.5])).toThrow(RangeError);
    expect(() => largestDifference([], [])).toThrow(RangeError);
  });
});
