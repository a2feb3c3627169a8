import { Chart } from '@patternfly/react-charts/dist/esm/victory/components/Chart/Chart';
import { ChartAxis } from '@patternfly/react-charts/dist/esm/victory/components/ChartAxis/ChartAxis';
import { ChartBar } from '@patternfly/react-charts/dist/esm/victory/components/ChartBar/ChartBar';
import { ChartStack } from '@patternfly/react-charts/dist/esm/victory/components/ChartStack/ChartStack';
import { memo } from 'react';
import { formatCount } from '../format';
import { LINE_COLOUR } from '../charts/chart-colours';
import { ChartFrame } from '../charts/chart-frame';
import { isSame } from '../charts/is-same';
import { COMPLIANCE_LOOK } from './compliance-labels';
import { STATES, type ComplianceState, type Policy } from './compliance-types';

/** Differ in lightness as well as in hue, so that they can be told apart without seeing red or green and in print. */
const STATE_COLOUR: Record<ComplianceState, string> = {
  'non-compliant': 'var(--pf-t--chart--color--red-orange--500, #731f00)',
  unknown: 'var(--pf-t--chart--color--purple--300, #5e40be)',
  pending: 'var(--pf-t--chart--color--yellow--200, #ffcc17)',
  compliant: 'var(--pf-t--chart--color--teal--100, #b9e5e5)',
};

/** Sites by state, of each policy. */
export const StatesChart = memo(function StatesChart({ policies }: { policies: readonly Policy[] }) {
  // bars are drawn from below, policies are read from above
  const shown = [...policies].reverse();
  const longest = Math.max(...policies.map(({ title }) => title.length));
  const most = Math.max(1, ...policies.map(({ counts }) => STATES.reduce((sum, state) => sum + counts[state], 0)));
  return (
    <ChartFrame
      name="Sites by state"
      columns={['Policy', ...STATES.map((state) => COMPLIANCE_LOOK[state].text)]}
      rows={policies.map(({ title, counts }) => [title, ...STATES.map((state) => formatCount(counts[state]))])}
    >
      {(width) => {
        const left = Math.min(20 + 6.5 * longest, width / 2.2);
        const characters = Math.max(8, Math.floor((left - 20) / 6.5));
        return (
          <Chart
            ariaTitle="Sites by state"
            ariaDesc="How many sites each policy is in which state at; the numbers follow below"
            horizontal
            width={width}
            height={90 + 28 * shown.length}
            padding={{ top: 5, right: 20, bottom: width < 450 ? 95 : 70, left }}
            domain={{ y: [0, most] }}
            domainPadding={{ x: 16 }}
            legendPosition="bottom"
            legendAllowWrap
            legendData={STATES.map((state) => ({
              name: COMPLIANCE_LOOK[state].text,
              symbol: { fill: STATE_COLOUR[state] },
            }))}
          >
            <ChartAxis
              tickFormat={(title: string) =>
                title.length <= characters ? title : `${title.slice(0, characters - 1)}…`
              }
            />
            <ChartAxis
              dependentAxis
              showGrid
              tickFormat={(count: number) => (Number.isInteger(count) ? formatCount(count) : '')}
            />
            <ChartStack>
              {STATES.map((state) => (
                <ChartBar
                  key={state}
                  barWidth={14}
                  data={shown.map(({ title, counts }) => ({ x: title, y: counts[state] }))}
                  style={{ data: { fill: STATE_COLOUR[state], stroke: LINE_COLOUR, strokeWidth: 0.5 } }}
                />
              ))}
            </ChartStack>
          </Chart>
        );
      }}
    </ChartFrame>
  );
}, isSame);
