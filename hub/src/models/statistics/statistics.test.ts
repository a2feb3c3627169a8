import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { auroc } from './auroc.js';
import { holmAdjusted } from './holm.js';
import { imageShift } from './image-shift.js';
import { kolmogorovSmirnov, kolmogorovTail } from './kolmogorov-smirnov.js';
import { populationStabilityIndex } from './psi.js';
import { recalibration } from './recalibration.js';
import { referenceSample } from './reference-sample.js';
import { expectedCalibrationError, reliabilityCurve } from './reliability.js';
import { wilsonInterval } from './wilson.js';

interface Interval {
  value: number;
  low: number;
  high: number;
}

/** Written by fixtures/make_known_answers.py with scipy and scikit-learn. */
const known = JSON.parse(readFileSync(new URL('./fixtures/known-answers.json', import.meta.url), 'utf8')) as {
  psi: { name: string; expected: number[]; actual: number[]; psi: number }[];
  ks: { name: string; a: number[]; b: number[]; statistic: number; exact: number; asymptotic: number }[];
  kolmogorov: { x: number; p: number }[];
  holm: { p: number[]; adjusted: number[] }[];
  wilson: { successes: number; trials: number; low: number; high: number }[];
  auroc: {
    name: string;
    scores: number[];
    labels: number[];
    auc: number;
    variance: number;
    low: number;
    high: number;
    method: string;
  }[];
  calibration: {
    name: string;
    probabilities: number[];
    labels: number[];
    ece: number;
    observed: number[];
    predicted: number[];
    intercept: Interval;
    slope: Interval;
  }[];
  referenceSample: { quantiles: number[]; images: number; sample: number[]; distance: number };
};

/** Equal to about nine significant digits, small p-values too. */
function expectClose(actual: number, expected: number): void {
  expect(Math.abs(actual - expected), `${actual} for ${expected}`).toBeLessThanOrEqual(
    1e-9 * Math.abs(expected) + 1e-40,
  );
}

describe('the population stability index', () => {
  it.each(known.psi)('is scipy’s Jeffreys divergence of smoothed shares: $name', ({ expected, actual, psi }) => {
    expect(populationStabilityIndex(expected, actual)).toBeCloseTo(psi, 12);
  });

  it('does not depend on which histogram is the reference', () => {
    expect(populationStabilityIndex([5, 10, 85], [30, 30, 40])).toBeCloseTo(
      populationStabilityIndex([30, 30, 40], [5, 10, 85]),
      12,
    );
  });

  it('refuses histograms that cannot be compared', () => {
    expect(() => populationStabilityIndex([1, 2], [1, 2, 3])).toThrow('same bins');
    expect(() => populationStabilityIndex([1], [1])).toThrow('same bins');
    expect(() => populationStabilityIndex([1, -1], [1, 1])).toThrow('from 0 on');
    expect(() => populationStabilityIndex([1, Number.NaN], [1, 1])).toThrow('from 0 on');
  });
});

describe('the two-sample Kolmogorov–Smirnov test', () => {
  it.each(known.ks)('is scipy’s ks_2samp, exact and asymptotic: $name', ({ a, b, statistic, exact, asymptotic }) => {
    const test = kolmogorovSmirnov(a, b, 'exact');
    expectClose(test.statistic, statistic);
    expectClose(test.pValue, exact);
    expectClose(kolmogorovSmirnov(b, a, 'exact').pValue, exact);
    expectClose(kolmogorovSmirnov(a, b, 'asymptotic').pValue, asymptotic);
  });

  it.each(known.kolmogorov)('has Kolmogorov’s distribution at $x from either of its series', ({ x, p }) => {
    expectClose(kolmogorovTail(x), p);
  });

  it('is exact for few pairs and asymptotic for many', () => {
    const few = Array.from({ length: 100 }, (_, index) => index);
    const many = Array.from({ length: 1001 }, (_, index) => index);
    expect(kolmogorovSmirnov(few, few).method).toBe('exact');
    expect(kolmogorovSmirnov(few, many).method).toBe('asymptotic');
  });

  it('refuses an empty sample and what is not a number', () => {
    expect(() => kolmogorovSmirnov([], [1])).toThrow('must not be empty');
    expect(() => kolmogorovSmirnov([1], [Number.NaN])).toThrow('numbers only');
  });
});

describe('Holm’s correction', () => {
  it.each(known.holm)('of $p', ({ p, adjusted }) => {
    holmAdjusted(p).forEach((value, index) => expect(value).toBeCloseTo(adjusted[index] ?? -1, 12));
  });

  it('refuses what is no p-value', () => {
    expect(() => holmAdjusted([0.1, 1.2])).toThrow('between 0 and 1');
  });
});

describe('the test on image statistics', () => {
  const [, , , , , moved, apart] = known.ks;
  const same = { live: moved?.a ?? [], reference: moved?.a ?? [] };

  it('corrects scipy’s p-values for being several', () => {
    const { tests } = imageShift({
      mean: { live: moved?.a ?? [], reference: moved?.b ?? [] },
      std: { live: apart?.a ?? [], reference: apart?.b ?? [] },
    });
    expect(tests.map(({ name }) => name)).toEqual(['mean', 'std']);
    expectClose(tests[0]?.adjustedPValue ?? -1, moved?.exact ?? 0);
    expectClose(tests[1]?.adjustedPValue ?? -1, 2 * (apart?.exact ?? 0));
  });

  it('calls it by the worst of the tests, and only when it is no chance', () => {
    expect(imageShift({ mean: same, std: same }).level).toBe('stable');
    expect(imageShift({ mean: same, std: { live: moved?.a ?? [], reference: moved?.b ?? [] } }).level).toBe('shifting');
    expect(imageShift({ mean: same, std: { live: apart?.a ?? [], reference: apart?.b ?? [] } }).level).toBe('shifted');
    const few = known.ks[2];
    expect(few?.statistic).toBeGreaterThan(0.25);
    expect(imageShift({ mean: { live: few?.a ?? [], reference: few?.b ?? [] } }).level).toBe('stable');
  });
});

describe('a sample from quantiles', () => {
  const { quantiles, images, sample, distance } = known.referenceSample;

  it('is numpy’s interpolation, and within 0.01 of the values that the quantiles are of', () => {
    referenceSample(quantiles, images).forEach((value, index) => expect(value).toBeCloseTo(sample[index] ?? -1, 12));
    expect(distance).toBeLessThan(0.01);
  });

  it('refuses quantiles that do not ascend', () => {
    expect(() => referenceSample([0, 0.5, 0.4], 10)).toThrow('ascend');
    expect(() => referenceSample([0], 10)).toThrow('at least two');
    expect(() => referenceSample([0, 1], 1)).toThrow('from 2 on');
  });
});

describe('Wilson’s interval', () => {
  it.each(known.wilson)('is scipy’s for $successes of $trials', ({ successes, trials, low, high }) => {
    const interval = wilsonInterval(successes, trials);
    expect(interval.value).toBe(successes / trials);
    expect(interval.low).toBeCloseTo(low, 12);
    expect(interval.high).toBeCloseTo(high, 12);
  });

  it('refuses counts that cannot be', () => {
    expect(() => wilsonInterval(0, 0)).toThrow('trials');
    expect(() => wilsonInterval(3, 2)).toThrow('successes');
    expect(() => wilsonInterval(0.5, 2)).toThrow('successes');
  });
});

describe('the area under the ROC curve', () => {
  it.each(known.auroc)(
    'is scikit-learn’s, with DeLong’s or Newcombe’s interval: $name',
    ({ scores, labels, auc, variance, low, high, method }) => {
      const area = auroc({ scores, isPositive: labels.map((label) => label === 1) });
      expect(area.value).toBeCloseTo(auc, 12);
      expect(area.variance).toBeCloseTo(variance, 12);
      expect(area.low).toBeCloseTo(low, 9);
      expect(area.high).toBeCloseTo(high, 9);
      expect(area.method).toBe(method);
      expect(area.positives + area.negatives).toBe(labels.length);
    },
  );

  it('refuses a class of one, lengths that differ, and what is not a number', () => {
    expect(() => auroc({ scores: [0.1, 0.2, 0.3], isPositive: [true, false, false] })).toThrow('at least two');
    expect(() => auroc({ scores: [0.1], isPositive: [] })).toThrow('one label a score');
    expect(() => auroc({ scores: [Number.NaN], isPositive: [true] })).toThrow('numbers');
  });
});

describe('calibration', () => {
  const labelled = ({ probabilities, labels }: (typeof known.calibration)[number]) => ({
    scores: probabilities,
    isPositive: labels.map((label) => label === 1),
  });

  it.each(known.calibration)('has scikit-learn’s reliability curve and its error: $name', (example) => {
    const curve = reliabilityCurve(labelled(example), 1);
    expect(curve).toHaveLength(example.observed.length);
    curve.forEach(({ observed, meanProbability }, index) => {
      expect(observed.value).toBeCloseTo(example.observed[index] ?? -1, 12);
      expect(meanProbability).toBeCloseTo(example.predicted[index] ?? -1, 12);
    });
    expect(expectedCalibrationError(labelled(example))).toBeCloseTo(example.ece, 12);
  });

  it.each(known.calibration)('has scikit-learn’s slope and scipy’s intercept: $name', (example) => {
    const { intercept, slope } = recalibration(labelled(example));
    for (const field of ['value', 'low', 'high'] as const) {
      expect(intercept?.[field]).toBeCloseTo(example.intercept[field], 6);
      expect(slope?.[field]).toBeCloseTo(example.slope[field], 6);
    }
  });

  it('joins neighbouring bins until each holds enough, and loses none', () => {
    const [, , example] = known.calibration;
    if (example === undefined) throw new Error('the fixture is not whole');
    const curve = reliabilityCurve(labelled(example), 20);
    expect(curve.length).toBeGreaterThan(1);
    expect(Math.min(...curve.map(({ count }) => count))).toBeGreaterThanOrEqual(20);
    expect(curve.reduce((sum, { count }) => sum + count, 0)).toBe(example.labels.length);
    expect(curve.map(({ from }) => from)).toEqual([0, ...curve.slice(0, -1).map(({ to }) => to)]);
    expect(curve.at(-1)?.to).toBe(1);
  });

  it('is one bin when there are few, and none without a score', () => {
    expect(reliabilityCurve({ scores: [0.1, 0.9, 1], isPositive: [false, true, true] }, 10)).toMatchObject([
      { from: 0, to: 1, count: 3 },
    ]);
    expect(reliabilityCurve({ scores: [], isPositive: [] }, 10)).toEqual([]);
  });

  it('has no slope when the classes do not overlap, and nothing of one class alone', () => {
    const apart = recalibration({ scores: [0.1, 0.2, 0.8, 0.9], isPositive: [false, false, true, true] });
    expect(apart.slope).toBeNull();
    expect(apart.intercept?.value).toBeCloseTo(0, 9);
    const alone = recalibration({ scores: [0.1, 0.2], isPositive: [false, false] });
    expect(alone).toEqual({ intercept: null, slope: null });
    expect(recalibration({ scores: [0.5, 0.5, 0.5], isPositive: [true, false, true] }).slope).toBeNull();
  });

  it('takes certain scores for almost certain, and refuses what is no probability', () => {
    const certain = recalibration({ scores: [0, 1, 0, 1], isPositive: [false, true, true, false] });
    expect(Number.isFinite(certain.intercept?.value)).toBe(true);
    expect(() => recalibration({ scores: [1.5], isPositive: [true] })).toThrow('probabilities');
    expect(() => reliabilityCurve({ scores: [-0.1], isPositive: [true] }, 1)).toThrow('probabilities');
    expect(() => expectedCalibrationError({ scores: [], isPositive: [] })).toThrow('at least one');
  });
});
