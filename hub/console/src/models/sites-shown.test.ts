import { describe, expect, it } from 'vitest';
import { sampleJudgement } from './sample-report';
import { largest, leftOutText, mostRead, mostShifted, SITES_SHOWN } from './sites-shown';

const of = (count: number) =>
  Array.from({ length: count }, (_, index) => {
    const judgement = sampleJudgement(`site-${index}`);
    const { drift, feedback } = judgement;
    return {
      ...judgement,
      total: index,
      feedback: { ...feedback, studies: count - index },
      drift: {
        ...drift,
        probability: {
          ...drift.probability,
          level: index === 7 ? ('shifted' as const) : ('stable' as const),
          psi: 0.01,
        },
        images: { ...drift.images, level: 'stable' as const },
      },
    };
  });

describe('the sites of a model that are shown', () => {
  it('are all of them, in their order, where they are few', () => {
    const few = of(SITES_SHOWN);
    for (const choose of [largest, mostShifted, mostRead]) expect(choose(few)).toEqual(few);
    expect(leftOutText(few, 'with the most results')).toBeNull();
  });

  it('are those that say the most where they are many, and it is said which', () => {
    const many = of(1_000);
    expect(largest(many)[0]?.site).toBe('site-999');
    expect(mostShifted(many)[0]?.site).toBe('site-7');
    expect(mostRead(many)[0]?.site).toBe('site-0');
    expect(largest(many)).toHaveLength(SITES_SHOWN);
    expect(leftOutText(many, 'with the most results')).toBe(
      'The 20 of 1,000 sites with the most results; choose a site above to see another.',
    );
  });
});
