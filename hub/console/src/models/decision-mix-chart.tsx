import { Chart } from '@patternfly/react-charts/dist/esm/victory/components/Chart/Chart';
import { ChartAxis } from '@patternfly/react-charts/dist/esm/victory/components/ChartAxis/ChartAxis';
import { ChartBar } from '@patternfly/react-charts/dist/esm/victory/components/ChartBar/ChartBar';
import { ChartStack } from '@patternfly/react-charts/dist/esm/victory/components/ChartStack/ChartStack';
import { memo } from 'react';
import { DECISIONS } from '../api-types';
import { formatCount } from '../format';
import { DECISION_LOOK } from '../labels';
import { DECISION_COLOUR, LINE_COLOUR } from '../charts/chart-colours';
import { ChartFrame } from '../charts/chart-frame';
import { isSame } from '../charts/is-same';
import type { SiteJudgement } from './model-types';
import { formatShare } from './model-words';

type Mix = Pick<SiteJudgement, 'site' | 'total' | 'byDecision'>;

/** Each site's decisions as shares of its results, so that sites of any size can be compared. */
export const DecisionMixChart = memo(function DecisionMixChart({ sites }: { sites: readonly Mix[] }) {
  // bars are drawn from below, sites are read from above
  const shown = [...sites].reverse();
  const nameOf = ({ site }: Mix): string => site ?? 'All sites';
  const longest = Math.max(...sites.map((judgement) => nameOf(judgement).length));
  return (
    <ChartFrame
      name="Decisions by site"
      columns={['Site', 'Results', ...DECISIONS.map((decision) => DECISION_LOOK[decision].text)]}
      rows={sites.map((judgement) => [
        nameOf(judgement),
        formatCount(judgement.total),
        ...DECISIONS.map((decision) =>
          judgement.total === 0 ? '–' : formatShare(judgement.byDecision[decision] / judgement.total),
        ),
      ])}
    >
      {(width) => (
        <Chart
          ariaTitle="Decisions by site"
          ariaDesc="Share of each decision among the results of each site; the numbers follow below"
          horizontal
          width={width}
          height={90 + 30 * shown.length}
          padding={{
            top: 5,
            right: 20,
            bottom: width < 450 ? 95 : 70,
            left: Math.min(20 + 7.5 * longest, width / 2.5),
          }}
          domain={{ y: [0, 1] }}
          domainPadding={{ x: 18 }}
          legendPosition="bottom"
          legendAllowWrap
          legendData={DECISIONS.map((decision) => ({
            name: DECISION_LOOK[decision].text,
            symbol: { fill: DECISION_COLOUR[decision] },
          }))}
        >
          <ChartAxis />
          <ChartAxis
            dependentAxis
            showGrid
            tickValues={[0, 0.25, 0.5, 0.75, 1]}
            tickFormat={(share: number) => `${Math.round(share * 100)} %`}
          />
          <ChartStack>
            {DECISIONS.map((decision) => (
              <ChartBar
                key={decision}
                barWidth={16}
                data={shown.map((judgement) => ({
                  x: nameOf(judgement),
                  y: judgement.total === 0 ? 0 : judgement.byDecision[decision] / judgement.total,
                }))}
                style={{ data: { fill: DECISION_COLOUR[decision], stroke: LINE_COLOUR, strokeWidth: 0.5 } }}
              />
            ))}
          </ChartStack>
        </Chart>
      )}
    </ChartFrame>
  );
}, isSame);
