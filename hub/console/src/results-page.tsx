import { Content } from '@patternfly/react-core/dist/dynamic/components/Content';
import { PageSection } from '@patternfly/react-core/dist/dynamic/components/Page';
import { Title } from '@patternfly/react-core/dist/dynamic/components/Title';
import { useEffect, useMemo, useState, type ReactElement } from 'react';
import { readSites } from './api-client';
import { ConsoleFrame } from './console-frame';
import { timeZone } from './format';
import { LoadFault } from './load-fault';
import { useLocation } from './location';
import { Panel } from './panel';
import { filtersFrom, resultsAddressOf } from './result-filters';
import { ResultsTable } from './results-table';
import { useResults } from './use-results';
import type { PageProps } from './page-props';

const NO_SITES: readonly string[] = [];

/** `/results`: what sites score, as it comes in. */
export default function ResultsPage(props: PageProps): ReactElement {
  const { role, onSignOut, onSignedOut } = props;
  const [{ search }, go] = useLocation();
  const filters = useMemo(() => filtersFrom(search), [search]);
  const { results, isConnected, error, retry } = useResults(filters, onSignedOut);
  const [sites, setSites] = useState<readonly string[]>(NO_SITES);
  const isShown = results !== null;
  useEffect(() => {
    // only to choose from, so after what is to be seen
    if (isShown)
      readSites().then(
        (rows) => setSites(rows.map(({ name }) => name)),
        () => undefined,
      );
  }, [isShown]);
  return (
    <ConsoleFrame role={role} page="results" isConnected={isConnected} onSignOut={onSignOut}>
      <PageSection>
        <Title headingLevel="h1">Results</Title>
        <Content component="small">The newest of every hospital. Times are in your time zone, {timeZone}.</Content>
      </PageSection>
      <PageSection className="hilum-panels">
        <LoadFault error={error} onRetry={retry} />
        <Panel title="Live results">
          <ResultsTable
            role={role}
            results={results}
            sites={sites}
            filters={filters}
            onFilters={(next) => go(resultsAddressOf(next))}
          />
        </Panel>
      </PageSection>
    </ConsoleFrame>
  );
}
