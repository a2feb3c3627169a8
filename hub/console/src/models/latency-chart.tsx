import { Chart } from '@patternfly/react-charts/dist/esm/victory/components/Chart/Chart';
import { ChartAxis } from '@patternfly/react-charts/dist/esm/victory/components/ChartAxis/ChartAxis';
import { ChartBar } from '@patternfly/react-charts/dist/esm/victory/components/ChartBar/ChartBar';
import { ChartGroup } from '@patternfly/react-charts/dist/esm/victory/components/ChartGroup/ChartGroup';
import { memo } from 'react';
import { formatLatency } from '../format';
import { LIVE_COLOUR, REFERENCE_COLOUR } from '../charts/chart-colours';
import { ChartFrame } from '../charts/chart-frame';
import { isSame } from '../charts/is-same';
import { LATENCY_PARTS, type SiteJudgement } from './model-types';
import { LATENCY_TEXT } from './model-words';

/** Median and 95th percentile of each part of the way, and of the whole. */
export const LatencyChart = memo(function LatencyChart({ latencyMs }: Pick<SiteJudgement, 'latencyMs'>) {
  const ran = LATENCY_PARTS.filter((part) => latencyMs[part].p50 !== null);
  const data = (percentile: 'p50' | 'p95') =>
    [...ran].reverse().map((part) => ({ x: LATENCY_TEXT[part], y: latencyMs[part][percentile] ?? 0 }));
  return (
    <ChartFrame
      name="Latency parts"
      columns={['Part', 'Median', '95th percentile']}
      rows={LATENCY_PARTS.map((part) => [
        LATENCY_TEXT[part],
        formatLatency(latencyMs[part].p50),
        formatLatency(latencyMs[part].p95),
      ])}
    >
      {(width) => (
        <Chart
          ariaTitle="Latency parts"
          ariaDesc="Median and 95th percentile of each part of the way from upload to result; the numbers follow below"
          horizontal
          width={width}
          height={90 + 34 * ran.length}
          padding={{ top: 5, right: 30, bottom: width < 450 ? 95 : 70, left: 130 }}
          domain={{ y: [0, Math.max(1, ...ran.map((part) => latencyMs[part].p95 ?? 0))] }}
          domainPadding={{ x: 18 }}
          legendPosition="bottom"
          legendAllowWrap
          legendData={[
            { name: 'Median', symbol: { fill: LIVE_COLOUR } },
            { name: '95th percentile', symbol: { fill: REFERENCE_COLOUR } },
          ]}
        >
          <ChartAxis />
          <ChartAxis dependentAxis showGrid tickCount={width < 450 ? 3 : 6} tickFormat={formatLatency} />
          <ChartGroup offset={11}>
            <ChartBar data={data('p95')} barWidth={9} style={{ data: { fill: REFERENCE_COLOUR } }} />
            <ChartBar data={data('p50')} barWidth={9} style={{ data: { fill: LIVE_COLOUR } }} />
          </ChartGroup>
        </Chart>
      )}
    </ChartFrame>
  );
}, isSame);
