import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { distributionBins } from './distribution-chart';
import { ModelDetails } from './model-details';
import { addressOf, matching, sinceOf, viewOf, type ModelsView } from './model-view';
import { formatEstimate, formatPValue, formatShare } from './model-words';
import { sampleJudgement, sampleModel, sampleReport, sampleVolume } from './sample-report';

const textOf = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll(/\s+/g, ' ');
const details = (...args: Parameters<typeof sampleReport>) =>
  textOf(renderToStaticMarkup(<ModelDetails report={sampleReport(...args)} site={null} />));

describe('the address of a page of models', () => {
  const { digest } = sampleModel;

  it.each<[string, ModelsView]>([
    ['/models', { kind: 'list', search: '' }],
    ['/models?q=triage+1', { kind: 'list', search: 'triage 1' }],
    [`/models/${digest}`, { kind: 'model', digest, site: null, period: '7d' }],
    [`/models/${digest}?site=st-agnes&period=24h`, { kind: 'model', digest, site: 'st-agnes', period: '24h' }],
  ])('%s says what is shown, and is made of it again', (address, view) => {
    const url = new URL(address, 'http://hub');
    expect(viewOf(url.pathname, url.search)).toEqual(view);
    expect(addressOf(view)).toBe(address);
  });

  it('is read with an encoded digest, and without what the hub would refuse', () => {
    expect(viewOf(`/models/${encodeURIComponent(digest)}`, '')).toMatchObject({ digest });
    expect(viewOf(`/models/${digest}`, '?site=St.%20Agnes&period=toString')).toMatchObject({
      site: null,
      period: '7d',
    });
    expect(viewOf('/models/%', '')).toMatchObject({ kind: 'model', digest: '%' });
  });

  it('asks for as long as the period is', () => {
    expect(sinceOf('24h', Date.UTC(2026, 4, 8, 12))).toBe('2026-05-07T12:00:00.000Z');
  });
});

describe('the search for models', () => {
  it('looks into name, version, digest and sites', () => {
    const models = [
      sampleVolume(),
      sampleVolume({ model: { ...sampleModel, version: '2.0.0' }, sites: [{ site: 'north', total: 1 }] }),
    ];
    const versions = (search: string): string[] => matching(models, search).map(({ model }) => model.version);
    expect(versions('')).toEqual(['1.0.0', '2.0.0']);
    expect(versions('2.0')).toEqual(['2.0.0']);
    expect(versions(' North ')).toEqual(['2.0.0']);
    expect(versions('sha256:abab')).toHaveLength(2);
    expect(versions('other')).toEqual([]);
  });
});

describe('numbers in words', () => {
  it('have their interval, or the reason why they are not there', () => {
    expect(formatEstimate({ value: 0.9, low: 0.8, high: 0.95, reason: null }, formatShare)).toBe(
      '90.0 % (80.0 % to 95.0 %)',
    );
    const few = { value: null, low: null, high: null, reason: 'too-few-feedback' } as const;
    expect(formatEstimate(few, formatShare)).toBe('Fewer than 10 studies with feedback');
    expect([formatPValue(0.0004), formatPValue(0.04)]).toEqual(['< 0.001', '0.040']);
  });
});

describe('the distribution', () => {
  it('is in shares, beside the reference’s when there is one', () => {
    const report = sampleReport({ edges: [0, 0.5, 1], reference: { reason: null, counts: [1, 3], images: 4 } });
    expect(distributionBins(report, [30, 10])).toEqual([
      { name: '0–50 %', count: 30, share: 0.75, referenceShare: 0.25 },
      { name: '50–100 %', count: 10, share: 0.25, referenceShare: 0.75 },
    ]);
    const bare = sampleReport({ edges: [0, 0.5, 1], reference: { reason: 'no-release', counts: null, images: null } });
    expect(distributionBins(bare, [0, 0])).toMatchObject([{ share: 0, referenceShare: null }, { share: 0 }]);
  });
});

describe('the page of a model', () => {
  it('says drift in words and shows each site’s numbers', () => {
    const text = details();
    expect(text).toMatch(/Probabilities Shifting PSI 0\.153/);
    expect(text).toMatch(/Images Stable/);
    expect(text).toContain('simulator draws differ from radiographs');
    expect(text).toMatch(/riverside 400 Shifting 0\.153 0\.21, p < 0\.001 Stable 0\.04, p 1\.000/);
    expect(text).toContain('0.912 (0.862 to 0.962)');
    expect(text).toContain('Not determined by these studies');
    expect(text).toContain('verification bias');
    expect(text).not.toContain('No reference');
  });

  it('names every chart and has its numbers as a table too', () => {
    const html = renderToStaticMarkup(<ModelDetails report={sampleReport()} site="riverside" />);
    for (const name of ['Probability distribution', 'Decisions by site', 'Calibration curve', 'Latency parts']) {
      expect(html).toMatch(new RegExp(`<title[^>]*>${name}</title>`));
      expect(html).toContain(`aria-label="Numbers: ${name}"`);
    }
  });

  it('says that there is no reference, and what is missing', () => {
    const reference = { reason: 'no-release', counts: null, images: null } as const;
    expect(details({ reference, thresholds: null })).toMatch(/No reference: the hub does not know this release/);
    const partly = { reason: 'no-reference', counts: sampleReport().reference.counts, images: 500 } as const;
    expect(details({ reference: partly })).toMatch(/by their histogram only, and images not at all/);
  });

  it('says that there is too little feedback instead of showing numbers of few', () => {
    const full = sampleJudgement(null);
    const few = { value: null, low: null, high: null, reason: 'too-few-feedback' } as const;
    const feedback = {
      ...full.feedback,
      studies: 4,
      labelled: 3,
      agreement: few,
      auroc: few,
      calibration: { reason: few.reason, expectedError: null, intercept: few, slope: few, curve: [] },
    };
    const text = details({ all: { ...full, feedback } });
    expect(text).toMatch(/3 of 4 studies with feedback say whether there is pneumonia/);
    expect(text).not.toContain('Expected calibration error');
  });

  it('is an empty state for a site without results in the period', () => {
    const html = renderToStaticMarkup(<ModelDetails report={sampleReport()} site="north" />);
    expect(textOf(html)).toMatch(/No results in this period .*scored nothing at north/);
  });
});
