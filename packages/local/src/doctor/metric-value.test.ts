import { describe, expect, it } from 'vitest';
import { metricLabels, metricValue } from './metric-value.js';

const TEXT = `# HELP hilum_a_b something
# TYPE hilum_a_b gauge
hilum_a_b 12.5
hilum_a_b_total{x="1"} 3
hilum_c_info{name="m",version="0.1.0",digest="sha256:ab"} 1
hilum_d NaN
`;

describe('metrics in text', () => {
  it('give the value of a sample, null when it is not there or no number', () => {
    expect(metricValue(TEXT, 'hilum_a_b')).toBe(12.5);
    expect(metricValue(TEXT, 'hilum_a_b_total{x="1"}')).toBe(3);
    expect(metricValue(TEXT, 'hilum_a')).toBeNull();
    expect(metricValue(TEXT, 'hilum_d')).toBeNull();
  });

  it('give the labels of a sample', () => {
    expect(metricLabels(TEXT, 'hilum_c_info')).toEqual({ name: 'm', version: '0.1.0', digest: 'sha256:ab' });
    expect(metricLabels(TEXT, 'hilum_a_b')).toBeNull();
  });
});
