import { Alert, AlertActionLink } from '@patternfly/react-core/dist/dynamic/components/Alert';
import { Content } from '@patternfly/react-core/dist/dynamic/components/Content';
import { PageSection } from '@patternfly/react-core/dist/dynamic/components/Page';
import { Title } from '@patternfly/react-core/dist/dynamic/components/Title';
import { useMemo, type ReactElement } from 'react';
import { AlarmsList } from './alarms-list';
import type { Role } from './api-types';
import { ConsoleFrame } from './console-frame';
import { timeZone, useNow } from './format';
import { Panel } from './panel';
import { useResultFilters } from './result-filters';
import { ResultsTable } from './results-table';
import { SitesTable } from './sites-table';
import { SummaryCards } from './summary-cards';
import { useFleet } from './use-fleet';

const AGE_INTERVAL_MS = 1_000;

export function FleetPage(props: { role: Role; onSignOut: () => void; onSignedOut: () => void }): ReactElement {
  const { role, onSignOut, onSignedOut } = props;
  const [filters, setFilters] = useResultFilters();
  const { sites, alarms, summary, results, isConnected, error, retry } = useFleet(filters, onSignedOut);
  const now = useNow(AGE_INTERVAL_MS);
  const siteRows = useMemo(() => sites && [...sites.values()], [sites]);
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
        {error !== null && (
          <Alert
            variant="danger"
            isInline
            title="The page could not be brought up to date"
            actionLinks={<AlertActionLink onClick={retry}>Try again</AlertActionLink>}
          >
            {error}
          </Alert>
        )}
        <h2 className="pf-v6-screen-reader">Summary</h2>
        <SummaryCards sites={siteRows} alarms={alarmRows} summary={summary} />
        <Panel title="Sites">
          <SitesTable sites={siteRows} summary={summary} now={now} />
        </Panel>
        <Panel title="Alarms">
          <AlarmsList alarms={alarmRows} now={now} />
        </Panel>
        <Panel title="Live results">
          <ResultsTable
            role={role}
            results={results}
            sites={siteRows?.map(({ name }) => name) ?? []}
            filters={filters}
            onFilters={setFilters}
          />
        </Panel>
      </PageSection>
    </ConsoleFrame>
  );
}
