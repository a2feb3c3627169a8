import './telemetry-off.js';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor, env } from 'onnxruntime-node';
import { z } from 'zod';
import { Field } from './field.js';
import type { Random } from './random.js';

export const FINDINGS = ['normal', 'pneumonia'] as const;
export type Finding = (typeof FINDINGS)[number];

/** The folder of the package that holds the weights; GENERATOR_CARD.md there says what they were learned from. */
export const GENERATOR_DIR = fileURLToPath(new URL('../../../generator', import.meta.url));

const count = z.number().int().positive().max(4096);

/** What of `generator.json` drawing needs; the rest tells people where the weights come from. */
const descriptionSchema = z.object({
  schemaVersion: z.literal(1),
  model: z.object({
    file: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be a plain file name'),
    sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits'),
  }),
  labels: z.tuple([z.literal(FINDINGS[0]), z.literal(FINDINGS[1])]),
  /** Gaussian numbers that become the anatomy, and their standard deviation */
  noise: z.object({ numbers: count, deviation: z.number().positive() }),
  /** Gaussian numbers that become fine structure */
  texture: z.object({ channels: count, side: count }),
  output: z.object({ side: count }),
});

export type GeneratorErrorCode = 'HILUM_GENERATOR_MISSING' | 'HILUM_GENERATOR_DAMAGED' | 'HILUM_GENERATOR_UNUSABLE';

/** The weights that radiographs are drawn with cannot be used. */
export class GeneratorError extends Error {
  readonly code: GeneratorErrorCode;

  constructor(code: GeneratorErrorCode, message: string, options: ErrorOptions = {}) {
    super(`${code}: ${message}`, options);
    this.name = 'GeneratorError';
    this.code = code;
  }
}

/** A learned network that draws a frontal chest radiograph of nobody from random numbers. */
export interface Generator {
  /** The whole radiograph squashed to a square, grey values 0..1 with bone white. */
  draw(finding: Finding, random: Random): Promise<Field>;
}

/**
 * Reads and checks the weights and builds a session of one thread; with the runtime it takes about 90 MB of memory.
 * @throws GeneratorError
 */
export async function loadGenerator(directory: string): Promise<Generator> {
  const text = await fileOf(directory, 'generator.json');
  const parsed = descriptionSchema.safeParse(jsonOf(text.toString('utf8')));
  if (!parsed.success) {
    const reasons = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`);
    throw new GeneratorError('HILUM_GENERATOR_DAMAGED', `generator.json in ${directory}: ${reasons.join('; ')}`);
  }
  const { model, noise, texture, output } = parsed.data;
  const onnx = await fileOf(directory, model.file);
  if (createHash('sha256').update(onnx).digest('hex') !== model.sha256)
    throw new GeneratorError(
      'HILUM_GENERATOR_DAMAGED',
      `${model.file} in ${directory} is not the file that generator.json describes; check it out again`,
    );
  const session = await sessionOf(onnx, model.file);

  return {
    async draw(finding, random) {
      const numbers = normals(noise.numbers, noise.deviation, random);
      const { channels, side } = texture;
      const outputs = await session.run({
        noise: new Tensor('float32', numbers, [1, noise.numbers]),
        finding: new Tensor('int64', BigInt64Array.of(BigInt(FINDINGS.indexOf(finding))), [1]),
        texture: new Tensor('float32', normals(channels * side * side, 1, random), [1, channels, side, side]),
      });
      const drawn = outputs['radiograph'];
      if (drawn?.type !== 'float32' || drawn.size !== output.side ** 2)
        throw new GeneratorError(
          'HILUM_GENERATOR_UNUSABLE',
          'the network drew something else than generator.json says',
        );
      const field = new Field(output.side, output.side);
      field.data.set(drawn.data as Float32Array);
      drawn.dispose();
      return field;
    },
  };
}

let shipped: Promise<Generator> | null = null;

/** The generator that comes with this package, loaded when first asked for and once a process. */
export function shippedGenerator(): Promise<Generator> {
  shipped ??= loadGenerator(GENERATOR_DIR);
  return shipped;
}

function normals(length: number, deviation: number, random: Random): Float32Array {
  return Float32Array.from({ length }, () => deviation * random.normal());
}

async function fileOf(directory: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(directory, name));
  } catch (error) {
    const message = `${name} cannot be read in ${directory}; it belongs to the repository, check it out again`;
    throw new GeneratorError('HILUM_GENERATOR_MISSING', message, { cause: error });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function sessionOf(onnx: Buffer, file: string): Promise<InferenceSession> {
  env.logLevel = 'error';
  try {
    return await InferenceSession.create(onnx, {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
    });
  } catch (error) {
    throw new GeneratorError('HILUM_GENERATOR_UNUSABLE', `ONNX Runtime cannot load ${file}`, { cause: error });
  }
}
