import { Chart } from '@patternfly/react-charts/dist/esm/victory/components/Chart/Chart';
import { ChartAxis } from '@patternfly/react-charts/dist/esm/victory/components/ChartAxis/ChartAxis';
import { ChartBar } from '@patternfly/react-charts/dist/esm/victory/components/ChartBar/ChartBar';
import { ChartGroup } from '@patternfly/react-charts/dist/esm/victory/components/ChartGroup/ChartGroup';
import { memo } from 'react';
import { LIVE_COLOUR, REFERENCE_COLOUR } from '../charts/chart-colours';
import { ChartFrame } from '../charts/chart-frame';
import { isSame } from '../charts/is-same';
import type { ModelReport } from './model-types';
import { binName, formatShare } from './model-words';

export interface DistributionBin {
  name: string;
  count: number;
  share: number;
  /** null without a reference */
  referenceShare: number | null;
}

/** Shares of results and of validation images by probability, a row a bin. */
export function distributionBins(
  report: Pick<ModelReport, 'edges' | 'reference'>,
  counts: readonly number[],
): DistributionBin[] {
  const total = sumOf(counts);
  const reference = report.reference.counts;
  const referenceTotal = sumOf(reference ?? []);
  return counts.map((count, bin) => ({
    name: binName(report.edges[bin] ?? 0, report.edges[bin + 1] ?? 1),
    count,
    share: total === 0 ? 0 : count / total,
    referenceShare: reference === null || referenceTotal === 0 ? null : (reference[bin] ?? 0) / referenceTotal,
  }));
}

/** Results beside the reference, as shares, so that numbers of any size can be compared. */
export const DistributionChart = memo(function DistributionChart({ bins }: { bins: readonly DistributionBin[] }) {
  const hasReference = bins.some(({ referenceShare }) => referenceShare !== null);
  const live = bins.map(({ name, share }) => ({ x: name.replace(' %', ''), y: share }));
  const reference = bins.map(({ name, referenceShare }) => ({ x: name.replace(' %', ''), y: referenceShare ?? 0 }));
  return (
    <ChartFrame
      name="Probability distribution"
      columns={['Probability', 'Results', 'Share', 'Share in the reference']}
      rows={bins.map(({ name, count, share, referenceShare }) => [
        name,
        String(count),
        formatShare(share),
        formatShare(referenceShare),
      ])}
    >
      {(width) => (
        <Chart
          ariaTitle="Probability distribution"
          ariaDesc="Share of results in each bin of the probability, beside the share of the release's validation images; the numbers follow below"
          width={width}
          height={250}
          padding={{ top: 10, right: 10, bottom: width < 450 ? 95 : 70, left: 55 }}
          domain={{
            y: [0, Math.max(0.1, ...bins.flatMap(({ share, referenceShare }) => [share, referenceShare ?? 0]))],
          }}
          domainPadding={{ x: Math.max(12, width / 26) }}
          legendPosition="bottom"
          legendAllowWrap
          legendData={[
            { name: 'Results', symbol: { fill: LIVE_COLOUR } },
            ...(hasReference ? [{ name: 'Reference (validation images)', symbol: { fill: REFERENCE_COLOUR } }] : []),
          ]}
        >
          <ChartAxis fixLabelOverlap />
          <ChartAxis dependentAxis showGrid tickFormat={(share: number) => `${Math.round(share * 100)} %`} />
          <ChartGroup offset={Math.min(14, width / 40)}>
            <ChartBar data={live} barWidth={Math.min(12, width / 45)} style={{ data: { fill: LIVE_COLOUR } }} />
            {hasReference && (
              <ChartBar
                data={reference}
                barWidth={Math.min(12, width / 45)}
                style={{ data: { fill: REFERENCE_COLOUR } }}
              />
            )}
          </ChartGroup>
        </Chart>
      )}
    </ChartFrame>
  );
}, isSame);

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
