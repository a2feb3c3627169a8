import { Content } from '@patternfly/react-core/dist/dynamic/components/Content';
import { PageSection } from '@patternfly/react-core/dist/dynamic/components/Page';
import { Title } from '@patternfly/react-core/dist/dynamic/components/Title';
import { useCallback, useMemo, type ReactElement } from 'react';
import { AlarmsList } from './alarms-list';
import { ConsoleFrame } from './console-frame';
import { fleetAddressOf, fleetViewOf } from './fleet-view';
import { timeZone } from './format';
import { LoadFault } from './load-fault';
import { useLocation } from './location';
import { Panel } from './panel';
import { SitesTable, type OnView } from './sites-table';
import { SummaryCards } from './summary-cards';
import { TimelineList } from './timeline-list';
import { useFleet } from './use-fleet';
import type { PageProps } from './page-props';

/** `/`: every hospital at a glance, what needs looking at first. */
export function FleetPage(props: PageProps): ReactElement {
  const { role, onSignOut, onSignedOut } = props;
  const [{ search }, go] = useLocation();
  const view = useMemo(() => fleetViewOf(search), [search]);
  const onView = useCallback<OnView>((next, how) => go(fleetAddressOf(next), how), [go]);
  const { sites, alarms, summary, lately, isConnected, error, retry } = useFleet(onSignedOut);
  const alarmRows = useMemo(() => alarms && [...alarms.values()], [alarms]);
  return (
    <ConsoleFrame role={role} page="fleet" isConnected={isConnected} onSignOut={onSignOut}>
      <PageSection>
        <Title headingLevel="h1">Fleet</Title>
        <Content component="small">
          Times are in your time zone, {timeZone}. Counts of today begin at your midnight.
        </Content>
      </PageSection>
      <PageSection className="hilum-panels">
        <LoadFault error={error} onRetry={retry} />
        <h2 className="pf-v6-screen-reader">Summary</h2>
        <SummaryCards sites={sites} alarms={alarms} summary={summary} lately={lately} />
        <Panel title="Sites">
          <SitesTable sites={sites} summary={summary} view={view} onView={onView} />
        </Panel>
        <div className="hilum-columns">
          <Panel title="Alarms">
            <AlarmsList alarms={alarmRows} />
          </Panel>
          <Panel title="What changed lately">
            <TimelineList entries={lately} label="What changed lately" />
          </Panel>
        </div>
      </PageSection>
    </ConsoleFrame>
  );
}
