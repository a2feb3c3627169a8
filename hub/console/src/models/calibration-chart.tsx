import { Chart } from '@patternfly/react-charts/dist/esm/victory/components/Chart/Chart';
import { ChartAxis } from '@patternfly/react-charts/dist/esm/victory/components/ChartAxis/ChartAxis';
import { ChartLine } from '@patternfly/react-charts/dist/esm/victory/components/ChartLine/ChartLine';
import { ChartScatter } from '@patternfly/react-charts/dist/esm/victory/components/ChartScatter/ChartScatter';
import { memo } from 'react';
import { formatCount } from '../format';
import { LINE_COLOUR, LIVE_COLOUR } from '../charts/chart-colours';
import { ChartFrame } from '../charts/chart-frame';
import { isSame } from '../charts/is-same';
import type { ReliabilityBin } from './model-types';
import { binName, formatShare } from './model-words';

const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** How often probabilities came true, with 95 % intervals; on the dashed line, they are right. */
export const CalibrationChart = memo(function CalibrationChart({ curve }: { curve: readonly ReliabilityBin[] }) {
  return (
    <ChartFrame
      name="Calibration curve"
      columns={['Probability', 'Studies', 'Mean probability', 'With pneumonia', '95 % interval']}
      rows={curve.map(({ from, to, count, meanProbability, observed }) => [
        binName(from, to),
        formatCount(count),
        formatShare(meanProbability),
        formatShare(observed.value),
        `${formatShare(observed.low)} to ${formatShare(observed.high)}`,
      ])}
    >
      {(width) => (
        <div style={{ width: Math.min(width, 480) }}>
          <Chart
            ariaTitle="Calibration curve"
            ariaDesc="Share of studies with pneumonia by their mean probability, with 95 % intervals; the numbers follow below"
            width={Math.min(width, 480)}
            height={Math.min(width, 340)}
            padding={{ top: 10, right: 20, bottom: 55, left: 65 }}
            domain={{ x: [0, 1], y: [0, 1] }}
          >
            <ChartAxis label="Mean probability" tickFormat={percent} style={{ axisLabel: { padding: 32 } }} />
            <ChartAxis
              dependentAxis
              showGrid
              label="With pneumonia"
              tickFormat={percent}
              style={{ axisLabel: { padding: 48 } }}
            />
            <ChartLine
              data={[
                { x: 0, y: 0 },
                { x: 1, y: 1 },
              ]}
              style={{ data: { stroke: LINE_COLOUR, strokeDasharray: '6 4', strokeWidth: 1.5 } }}
            />
            {curve.map(({ from, meanProbability, observed }) => (
              <ChartLine
                key={from}
                data={[
                  { x: meanProbability, y: observed.low },
                  { x: meanProbability, y: observed.high },
                ]}
                style={{ data: { stroke: LIVE_COLOUR, strokeWidth: 2 } }}
              />
            ))}
            <ChartScatter
              data={curve.map(({ meanProbability, observed }) => ({ x: meanProbability, y: observed.value }))}
              size={5}
              style={{ data: { fill: LIVE_COLOUR } }}
            />
          </Chart>
        </div>
      )}
    </ChartFrame>
  );
}, isSame);
