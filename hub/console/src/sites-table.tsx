import { EmptyState, EmptyStateBody } from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import { Skeleton } from '@patternfly/react-core/dist/dynamic/components/Skeleton';
import { Tooltip } from '@patternfly/react-core/dist/dynamic/components/Tooltip';
import CubesIcon from '@patternfly/react-icons/dist/esm/icons/cubes-icon';
import ExclamationTriangleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { memo, type ReactElement } from 'react';
import { DECISIONS, type Site, type SiteSummary, type Summary } from './api-types';
import { formatAge, formatCount, formatDuration, formatLatency, formatTime } from './format';
import { DECISION_LOOK, STATE_LOOK, StateLabel } from './labels';

/** What needs looking at comes first. */
const STATE_ORDER = { dead: 0, 'link-down': 1, late: 2, live: 3 } as const;

const SiteLine = memo(function SiteLine(props: { site: Site; today: SiteSummary | undefined; now: number }) {
  const { site, today, now } = props;
  return (
    <Tr>
      <Th scope="row" dataLabel="Site" modifier="nowrap">
        {site.name}
      </Th>
      <Td dataLabel="State" modifier="nowrap">
        <Tooltip content={`${STATE_LOOK[site.state].meaning}, since ${formatTime(site.stateSince)}`}>
          <span tabIndex={0}>
            <StateLabel state={site.state} /> <span className="hilum-since">for {formatAge(site.stateSince, now)}</span>
          </span>
        </Tooltip>
      </Td>
      <Td dataLabel="Last heartbeat" modifier="nowrap">
        {site.lastHeartbeatAt === null ? 'never' : `${formatAge(site.lastHeartbeatAt, now)} ago`}
      </Td>
      <Td dataLabel="Backlog" className="hilum-number">
        {formatCount(site.backlog)}
      </Td>
      <Td dataLabel="Oldest unscored" className="hilum-number">
        {site.oldestUnscoredAgeSeconds === null || site.backlog === 0
          ? '–'
          : formatDuration(site.oldestUnscoredAgeSeconds)}
      </Td>
      <Td dataLabel="Missing" className="hilum-number" modifier="nowrap">
        {site.missing > 0 ? (
          <strong className="hilum-red">
            <ExclamationTriangleIcon /> {formatCount(site.missing)}
          </strong>
        ) : (
          '0'
        )}
      </Td>
      {DECISIONS.map((decision) => (
        <Td key={decision} dataLabel={`${DECISION_LOOK[decision].text} today`} className="hilum-number">
          {formatCount(today?.byDecision[decision] ?? 0)}
        </Td>
      ))}
      <Td dataLabel="p50 / p95 today" className="hilum-number" modifier="nowrap">
        {today === undefined || today.total === 0
          ? '–'
          : `${formatLatency(today.latencyMs.p50)} / ${formatLatency(today.latencyMs.p95)}`}
      </Td>
      <Td dataLabel="Model" modifier="nowrap">
        {site.model === null ? '–' : <span title={site.model.name}>{site.model.version}</span>}
      </Td>
    </Tr>
  );
});

export function SitesTable(props: {
  sites: readonly Site[] | null;
  summary: Summary | null;
  now: number;
}): ReactElement {
  const { sites, summary, now } = props;
  if (sites === null) return <Skeleton height="8rem" screenreaderText="Loading sites" />;
  if (sites.length === 0)
    return (
      <EmptyState titleText="No sites yet" icon={CubesIcon} headingLevel="h3" variant="sm">
        <EmptyStateBody>
          A site appears here by itself once its topics exist at the hub. Add one with <code>hilum site add NAME</code>.
        </EmptyStateBody>
      </EmptyState>
    );
  const today = new Map(summary?.sites.map((entry) => [entry.site, entry]));
  const sorted = [...sites].sort((a, b) => STATE_ORDER[a.state] - STATE_ORDER[b.state] || a.name.localeCompare(b.name));
  return (
    <div className="hilum-scroll" role="region" aria-label="Sites, scrollable" tabIndex={0}>
      <Table aria-label="Sites" variant="compact" gridBreakPoint="grid-lg" className="hilum-table">
        <Thead>
          <Tr>
            <Th modifier="wrap">Site</Th>
            <Th modifier="wrap">State</Th>
            <Th modifier="wrap">Last heartbeat</Th>
            <Th className="hilum-number" modifier="wrap">
              Backlog
            </Th>
            <Th className="hilum-number" modifier="wrap">
              Oldest unscored
            </Th>
            <Th className="hilum-number" modifier="wrap">
              Missing
            </Th>
            {DECISIONS.map((decision) => (
              <Th key={decision} className="hilum-number" modifier="wrap">
                {DECISION_LOOK[decision].text}
              </Th>
            ))}
            <Th className="hilum-number" modifier="wrap">
              p50 / p95
            </Th>
            <Th modifier="wrap">Model</Th>
          </Tr>
        </Thead>
        <Tbody>
          {sorted.map((site) => (
            <SiteLine key={site.name} site={site} today={today.get(site.name)} now={now} />
          ))}
        </Tbody>
      </Table>
    </div>
  );
}
