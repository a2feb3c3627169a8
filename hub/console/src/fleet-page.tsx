import { Alert, AlertActionLink } from '@patternfly/react-core/dist/dynamic/components/Alert';
import { Banner } from '@patternfly/react-core/dist/dynamic/components/Banner';
import { Button } from '@patternfly/react-core/dist/dynamic/components/Button';
import { Card, CardBody, CardTitle } from '@patternfly/react-core/dist/dynamic/components/Card';
import { Content } from '@patternfly/react-core/dist/dynamic/components/Content';
import {
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadMain,
} from '@patternfly/react-core/dist/dynamic/components/Masthead';
import { Page, PageSection } from '@patternfly/react-core/dist/dynamic/components/Page';
import { SkipToContent } from '@patternfly/react-core/dist/dynamic/components/SkipToContent';
import { Title } from '@patternfly/react-core/dist/dynamic/components/Title';
import SyncAltIcon from '@patternfly/react-icons/dist/esm/icons/sync-alt-icon';
import { useMemo, type ReactElement, type ReactNode } from 'react';
import { AlarmsList } from './alarms-list';
import type { Role } from './api-types';
import { timeZone, useNow } from './format';
import { useResultFilters } from './result-filters';
import { ResultsTable } from './results-table';
import { SitesTable } from './sites-table';
import { SummaryCards } from './summary-cards';
import { useFleet } from './use-fleet';

const MAIN_ID = 'main';
const AGE_INTERVAL_MS = 1_000;

function Panel({ title, children }: { title: string; children: ReactNode }): ReactElement {
  return (
    <Card component="section" aria-label={title}>
      <CardTitle component="h2">{title}</CardTitle>
      <CardBody>{children}</CardBody>
    </Card>
  );
}

export function FleetPage(props: { role: Role; onSignOut: () => void; onSignedOut: () => void }): ReactElement {
  const { role, onSignOut, onSignedOut } = props;
  const [filters, setFilters] = useResultFilters();
  const { sites, alarms, summary, results, isConnected, error, retry } = useFleet(filters, onSignedOut);
  const now = useNow(AGE_INTERVAL_MS);
  const siteRows = useMemo(() => sites && [...sites.values()], [sites]);
  const alarmRows = useMemo(() => alarms && [...alarms.values()], [alarms]);
  const masthead = (
    <Masthead display={{ default: 'inline' }}>
      <MastheadMain>
        <MastheadBrand className="hilum-brand">
          <img src="/icon.svg" alt="" width={28} height={28} /> Hilum
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <span className="hilum-role">Signed in as {role}</span>
        <Button variant="secondary" size="sm" onClick={onSignOut}>
          Sign out
        </Button>
      </MastheadContent>
    </Masthead>
  );
  return (
    <Page
      masthead={masthead}
      mainContainerId={MAIN_ID}
      skipToContent={<SkipToContent href={`#${MAIN_ID}`}>Skip to content</SkipToContent>}
      banner={
        <div role="status">
          {!isConnected && (
            <Banner color="yellow">
              <SyncAltIcon /> The connection to the hub was lost. Reconnecting; what you see may be old.
            </Banner>
          )}
        </div>
      }
    >
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
    </Page>
  );
}
