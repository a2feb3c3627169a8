import { readFileSync, readdirSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { decodeKafkaEvent, encodeKafkaEvent } from '../cloud-event.js';
import { SCHEMA_FOLDER, jsonSchemaFiles } from '../schemas/json-schemas.js';
import { HUB_BOUND_TOPICS } from '../topics.js';
import { AUDIT_RECORDED_TYPE, auditRecorded } from './audit-recorded.js';
import { FEEDBACK_RECORDED_TYPE, feedbackRecorded } from './feedback-recorded.js';
import { hubBoundEvents } from './hub-bound.js';
import { RESULT_RECORDED_TYPE, resultRecorded } from './result-recorded.js';
import { SITE_HEARTBEAT_TYPE, siteHeartbeat } from './site-heartbeat.js';
import {
  STUDY_SCORED_TYPE,
  heatMapKeyOf,
  resultKeyOf,
  resultObject,
  resultPrefixOf,
  studyScored,
} from './study-scored.js';

interface Golden {
  headers: Record<string, string>;
  data: Record<string, unknown>;
}

const FIXTURES = new URL('../../fixtures/events/', import.meta.url);
const schemas: [type: string, schema: z.ZodType][] = [
  [STUDY_SCORED_TYPE, studyScored],
  [RESULT_RECORDED_TYPE, resultRecorded],
  [FEEDBACK_RECORDED_TYPE, feedbackRecorded],
  [SITE_HEARTBEAT_TYPE, siteHeartbeat],
  [AUDIT_RECORDED_TYPE, auditRecorded],
];

function golden(type: string): Golden {
  return JSON.parse(readFileSync(new URL(`${type}.json`, FIXTURES), 'utf8')) as Golden;
}

const ajv = new Ajv2020({ allErrors: true });
formats.default(ajv);
const compiled = new Map<string, (data: unknown) => boolean>();

/** The committed JSON Schema as a program in another language would use it. */
function committedValidator(type: string): (data: unknown) => boolean {
  const file = new URL(`${type}.schema.json`, SCHEMA_FOLDER);
  const validate = compiled.get(type) ?? ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object);
  compiled.set(type, validate);
  return validate;
}

describe('event versions', () => {
  it('all have a golden message', () => {
    expect(readdirSync(FIXTURES).sort()).toEqual(schemas.map(([type]) => `${type}.json`).sort());
  });

  it('that leave a site are bound to one topic each', () => {
    expect(Object.keys(hubBoundEvents).sort()).toEqual([...HUB_BOUND_TOPICS].sort());
    expect(Object.values(hubBoundEvents).map(({ type }) => type)).not.toContain(STUDY_SCORED_TYPE);
  });
});

describe.each(schemas)('%s', (type, schema) => {
  const { headers, data } = golden(type);
  const value = Buffer.from(JSON.stringify(data));

  it('decodes the golden message, and encodes to the same one again', () => {
    const decoded = decodeKafkaEvent({ headers, value }, { type, schema });

    expect(decoded).toMatchObject({ kind: 'event', event: { type, data } });
    if (decoded.kind === 'event')
      expect(encodeKafkaEvent(decoded.event)).toEqual({ headers, value: JSON.stringify(data) });
  });

  it('accepts the golden data by the committed JSON Schema too', () => {
    expect(committedValidator(type)(data)).toBe(true);
  });

  it('refuses, by both, a field more at any depth', () => {
    const validate = committedValidator(type);
    const objects = Object.entries(data).filter(
      ([, part]) => part !== null && typeof part === 'object' && !Array.isArray(part),
    );
    const variants = [
      { ...data, patientName: 'x' },
      ...objects.map(([name, part]) => ({ ...data, [name]: { ...(part as object), patientName: 'x' } })),
    ];

    for (const variant of variants) {
      expect(schema.safeParse(variant).success).toBe(false);
      expect(validate(variant)).toBe(false);
    }
  });

  it.each(Object.keys(data))('refuses, by both, the data without %s', (name) => {
    const rest = Object.fromEntries(Object.entries(data).filter(([other]) => other !== name));

    expect(schema.safeParse(rest).success).toBe(false);
    expect(committedValidator(type)(rest)).toBe(false);
  });

  it.each(Object.keys(data))('refuses, by both, a free text as %s where a code, number or id belongs', (name) => {
    // what stays in the hospital may name its objects freely; what leaves has no field for free text at all
    const isFree = type === STUDY_SCORED_TYPE && ['heatMapKey', 'resultKey'].includes(name);
    const variant = { ...data, [name]: 'Jane Doe 1970-01-01' };

    expect(schema.safeParse(variant).success).toBe(isFree);
    expect(committedValidator(type)(variant)).toBe(isFree);
  });
});

describe('committed JSON Schemas', () => {
  it('are what the code generates; run "npm run schemas:write" after a change', () => {
    const generated = jsonSchemaFiles();

    expect(readdirSync(SCHEMA_FOLDER).sort()).toEqual([...generated.keys()].sort());
    for (const [name, text] of generated) expect(readFileSync(new URL(name, SCHEMA_FOLDER), 'utf8')).toBe(text);
  });
});

describe('the result object', () => {
  it('is the data of study.scored without the place where it lies', () => {
    const { resultKey, ...object } = golden(STUDY_SCORED_TYPE).data;

    expect(resultObject.safeParse(object).success).toBe(true);
    expect(committedValidator('org.hilum.result-object.v1')(object)).toBe(true);
    expect(resultKey).toBe(resultKeyOf(String(object['imageId']), (object['model'] as { digest: string }).digest));
  });

  it('lies, like the heat map, below the image’s prefix under the name of the model', () => {
    expect(resultKeyOf('i', 'sha256:d')).toBe('i/sha256:d.json');
    expect(heatMapKeyOf('i', 'sha256:d')).toBe('i/sha256:d.heatmap.png');
    expect(resultKeyOf('i', 'sha256:d').startsWith(resultPrefixOf('i'))).toBe(true);
  });
});

describe('what was undone in an image', () => {
  const withCorrections = (type: string, corrections: unknown) => {
    const { data } = golden(type);
    return { ...data, input: { ...(data['input'] as object), corrections } };
  };

  it('is told at the site, by codes alone', () => {
    const told = withCorrections(STUDY_SCORED_TYPE, ['inverted', 'turned-90']);
    const other = withCorrections(STUDY_SCORED_TYPE, ['mirrored']);

    expect([told, other].map((data) => studyScored.safeParse(data).success)).toEqual([true, false]);
    expect([told, other].map((data) => committedValidator(STUDY_SCORED_TYPE)(data))).toEqual([true, false]);
  });

  it('does not leave the site', () => {
    const told = withCorrections(RESULT_RECORDED_TYPE, ['inverted']);

    expect(resultRecorded.safeParse(told).success).toBe(false);
    expect(committedValidator(RESULT_RECORDED_TYPE)(told)).toBe(false);
  });
});

describe('numbers that leave a site', () => {
  const { data } = golden(RESULT_RECORDED_TYPE);

  it.each([
    ['probability', 1.5],
    ['probability', -0.1],
    ['sequence', 0],
    ['sequence', 1.5],
    ['site', 'St.Agnes'],
    ['decision', 'maybe'],
    ['scoredAt', '2026-03-01T08:15:30+01:00'],
    ['scoredAt', '2026-03-01'],
  ])('refuse %s = %j', (name, value) => {
    expect(resultRecorded.safeParse({ ...data, [name]: value }).success).toBe(false);
  });

  it('count from 1 in results, and from 0 in a heartbeat of a site that has published nothing yet', () => {
    const heartbeat = golden(SITE_HEARTBEAT_TYPE).data;

    expect(siteHeartbeat.safeParse({ ...heartbeat, sequence: 0, model: null }).success).toBe(true);
    expect(siteHeartbeat.safeParse({ ...heartbeat, sequence: -1 }).success).toBe(false);
  });
});
