import { Chart } from '@patternfly/react-charts/dist/esm/victory/components/Chart/Chart';
import { ChartAxis } from '@patternfly/react-charts/dist/esm/victory/components/ChartAxis/ChartAxis';
import { ChartBar } from '@patternfly/react-charts/dist/esm/victory/components/ChartBar/ChartBar';
import { ChartLine } from '@patternfly/react-charts/dist/esm/victory/components/ChartLine/ChartLine';
import { ChartScatter } from '@patternfly/react-charts/dist/esm/victory/components/ChartScatter/ChartScatter';
import { ChartStack } from '@patternfly/react-charts/dist/esm/victory/components/ChartStack/ChartStack';
import { memo, type ReactElement, type ReactNode } from 'react';
import type { SiteHistory } from '../api-types';
import { formatCount, formatDuration, formatLatency, formatTime } from '../format';
import { DECISION_COLOUR, LIVE_COLOUR, REFERENCE_COLOUR } from '../charts/chart-colours';
import { ChartFrame } from '../charts/chart-frame';
import { isSame } from '../charts/is-same';

type Point = SiteHistory['points'][number];

interface Series {
  name: string;
  colour: string;
  /** null: nothing is known of that stretch, and the line is broken there */
  valueOf: (point: Point) => number | null;
}

const HEIGHT = 230;
const DAY_SECONDS = 86_400;
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/** How a site was: what heartbeats told, and what its results add up to. */
const SiteCharts = memo(function SiteCharts({ history }: { history: SiteHistory }) {
  const step = formatDuration(history.stepSeconds);
  if (history.points.every(({ backlog, total }) => backlog === null && total === 0))
    return <p className="hilum-note">Nothing is known of this period.</p>;
  return (
    <div className="hilum-columns">
      <section aria-label="Volume">
        <h3>Images scored, by {step}</h3>
        <VolumeChart history={history} />
      </section>
      <section aria-label="Latency">
        <h3>Upload to scored, by {step}</h3>
        <LineChart
          history={history}
          name="Latency"
          format={formatLatency}
          series={[
            { name: 'Median', colour: LIVE_COLOUR, valueOf: ({ latencyMs }) => latencyMs.p50 },
            { name: '95th percentile', colour: REFERENCE_COLOUR, valueOf: ({ latencyMs }) => latencyMs.p95 },
          ]}
        />
      </section>
      <section aria-label="Backlog">
        <h3>Images without an outcome, the most in {step}</h3>
        <LineChart
          history={history}
          name="Backlog"
          format={formatCount}
          series={[{ name: 'Backlog', colour: LIVE_COLOUR, valueOf: ({ backlog }) => backlog }]}
        />
      </section>
      <section aria-label="Waiting">
        <h3>Oldest image and slowest heartbeat, the most in {step}</h3>
        <LineChart
          history={history}
          name="Waiting"
          format={(seconds) => (seconds === null ? '–' : formatLatency(seconds * 1000))}
          series={[
            {
              name: 'Oldest unscored image',
              colour: LIVE_COLOUR,
              valueOf: ({ oldestUnscoredAgeSeconds: seconds }) => seconds,
            },
            { name: 'Mirror lag', colour: REFERENCE_COLOUR, valueOf: ({ mirrorLagSeconds }) => mirrorLagSeconds },
          ]}
        />
      </section>
    </div>
  );
}, isSame);
export default SiteCharts;

function Frame(props: {
  history: SiteHistory;
  name: string;
  format: (value: number | null) => string;
  series: readonly Series[];
  top: number;
  children: ReactNode;
}): ReactElement {
  const { history, name, format, series, top, children } = props;
  const { points, stepSeconds } = history;
  const label = (at: number): string =>
    (history.points.length * stepSeconds > 2 * DAY_SECONDS ? day : clock).format(new Date(at));
  return (
    <ChartFrame
      name={name}
      columns={['From', ...series.map((one) => one.name)]}
      rows={points.map((point) => [formatTime(point.at), ...series.map((one) => format(one.valueOf(point)))])}
    >
      {(width) => (
        <Chart
          ariaTitle={name}
          ariaDesc={`${series.map((one) => one.name).join(' and ')} over time; the numbers follow below`}
          width={width}
          height={HEIGHT}
          padding={{ top: 10, right: 20, bottom: 70, left: 65 }}
          domain={{ x: [Date.parse(history.from), Date.parse(history.to)], y: [0, Math.max(1, top)] }}
          legendPosition="bottom"
          legendAllowWrap
          legendData={series.map((one) => ({ name: one.name, symbol: { fill: one.colour } }))}
        >
          <ChartAxis tickValues={ticksOf(points, width < 450 ? 3 : 5)} tickFormat={label} fixLabelOverlap />
          <ChartAxis dependentAxis showGrid tickCount={4} tickFormat={format} />
          {children}
        </Chart>
      )}
    </ChartFrame>
  );
}

/** Where stretches begin, so many at most. */
function ticksOf(points: readonly Point[], most: number): number[] {
  const every = Math.ceil(points.length / most);
  return points.filter((_, index) => index % every === 0).map(({ at }) => Date.parse(at));
}

function greatest(points: readonly Point[], series: readonly Series[]): number {
  return Math.max(0, ...points.flatMap((point) => series.map((one) => one.valueOf(point) ?? 0)));
}

function LineChart(props: Omit<Parameters<typeof Frame>[0], 'top' | 'children'>): ReactElement {
  const { history, series } = props;
  return (
    <Frame {...props} top={greatest(history.points, series)}>
      {series.flatMap(({ name, colour, valueOf }) => {
        const data = history.points.map((point) => ({ x: Date.parse(point.at), y: valueOf(point) }));
        return [
          <ChartLine key={name} data={data} style={{ data: { stroke: colour } }} />,
          // a line needs two points: one alone, between two stretches of silence, would not be seen
          <ChartScatter
            key={`${name} points`}
            data={data.filter(({ y }) => y !== null)}
            size={2.5}
            style={{ data: { fill: colour } }}
          />,
        ];
      })}
    </Frame>
  );
}

const VOLUME: readonly Series[] = [
  { name: 'Scored', colour: LIVE_COLOUR, valueOf: ({ total, unreadable }) => total - unreadable },
  { name: 'Unreadable', colour: DECISION_COLOUR.unreadable, valueOf: ({ unreadable }) => unreadable },
];

function VolumeChart({ history }: { history: SiteHistory }): ReactElement {
  const { points, stepSeconds } = history;
  return (
    <Frame
      history={history}
      name="Volume"
      format={formatCount}
      series={VOLUME}
      top={Math.max(0, ...points.map(({ total }) => total))}
    >
      <ChartStack>
        {VOLUME.map(({ name, colour, valueOf }) => (
          <ChartBar
            key={name}
            barRatio={0.7}
            data={points.map((point) => ({
              x: Date.parse(point.at) + (stepSeconds * 1000) / 2,
              y: valueOf(point) ?? 0,
            }))}
            style={{ data: { fill: colour } }}
          />
        ))}
      </ChartStack>
    </Frame>
  );
}
