import '@patternfly/patternfly/patternfly-charts.css';
import { Breadcrumb, BreadcrumbItem } from '@patternfly/react-core/dist/dynamic/components/Breadcrumb';
import { Button } from '@patternfly/react-core/dist/dynamic/components/Button';
import { Content } from '@patternfly/react-core/dist/dynamic/components/Content';
import { EmptyState, EmptyStateBody } from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/dynamic/components/FormSelect';
import { PageSection } from '@patternfly/react-core/dist/dynamic/components/Page';
import { Skeleton } from '@patternfly/react-core/dist/dynamic/components/Skeleton';
import { Title } from '@patternfly/react-core/dist/dynamic/components/Title';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import { useCallback, useEffect, useMemo, type ReactElement } from 'react';
import { AlarmsList } from '../alarms-list';
import { readSiteHistory } from '../api-client';
import type { SiteDetail } from '../api-types';
import { ConsoleFrame } from '../console-frame';
import { timeZone } from '../format';
import { LoadFault } from '../load-fault';
import { loadedComponent } from '../loaded-component';
import { Link } from '../link';
import { useLocation } from '../location';
import { useLive } from '../use-live';
import { Panel } from '../panel';
import { resultsAddressOf } from '../result-filters';
import { HISTORY_PERIODS, historySince, siteAddressOf, siteViewOf, type HistoryPeriod } from '../site-view';
import { TimelineList } from '../timeline-list';
import { HelpPanel } from './help-panel';
import { SiteFacts } from './site-facts';
import { SiteStatus } from './site-status';
import { useSite } from './use-site';
import type { PageProps } from '../page-props';

const SiteCharts = loadedComponent(
  async () => (await import('./site-charts')).default,
  <Skeleton height="16rem" screenreaderText="Loading the charts" />,
);

/** `/sites/<name>`: how one hospital is, why, what happened and what helps. */
export default function SitePage(props: PageProps): ReactElement {
  const { role, onSignOut, onSignedOut } = props;
  const [{ path, search }] = useLocation();
  const view = useMemo(() => siteViewOf(path, search), [path, search]);
  if (view === null)
    return (
      <ConsoleFrame role={role} page="fleet" isConnected onSignOut={onSignOut}>
        <PageSection>
          <NoSuchSite why="The address names no site." level="h1" />
        </PageSection>
      </ConsoleFrame>
    );
  return <KnownSite role={role} onSignOut={onSignOut} onSignedOut={onSignedOut} {...view} />;
}

function NoSuchSite({ why, level }: { why: string; level: 'h1' | 'h2' }): ReactElement {
  return (
    <EmptyState titleText="No such site" icon={SearchIcon} headingLevel={level} variant="sm">
      <EmptyStateBody>
        {why} <Link to="/">All sites</Link>
      </EmptyStateBody>
    </EmptyState>
  );
}

function KnownSite(props: PageProps & { site: string; period: HistoryPeriod }): ReactElement {
  const { role, onSignOut, onSignedOut, site, period } = props;
  const { detail, timeline, onMore, isConnected, error, retry } = useSite(site, onSignedOut);
  const isUnknown = error?.status === 404;
  return (
    <ConsoleFrame role={role} page="fleet" isConnected={isConnected} onSignOut={onSignOut}>
      <PageSection>
        <Breadcrumb>
          <BreadcrumbItem
            render={({ className }) => (
              <Link to="/" className={className}>
                Fleet
              </Link>
            )}
          />
          <BreadcrumbItem isActive>{site}</BreadcrumbItem>
        </Breadcrumb>
        <Title headingLevel="h1">{site}</Title>
        <Content component="small">Times are in your time zone, {timeZone}.</Content>
      </PageSection>
      <PageSection className="hilum-panels">
        {isUnknown ? (
          <NoSuchSite why={`The hub has never heard of ${site}.`} level="h2" />
        ) : (
          <>
            <LoadFault error={error?.message ?? null} onRetry={retry} />
            {detail === null ? (
              error === null && <Skeleton height="12rem" screenreaderText="Loading the site" />
            ) : (
              <Now detail={detail} />
            )}
            <Panel title="Timeline">
              <TimelineList entries={timeline} label={`What happened at ${site}`} isOfOneSite />
              {onMore !== null && (
                <Button variant="link" isInline onClick={onMore}>
                  Earlier
                </Button>
              )}
            </Panel>
            <History site={site} period={period} onSignedOut={onSignedOut} />
          </>
        )}
      </PageSection>
    </ConsoleFrame>
  );
}

function Now({ detail }: { detail: SiteDetail }): ReactElement {
  return (
    <>
      <Panel title="State">
        <SiteStatus detail={detail} />
      </Panel>
      <div className="hilum-columns">
        <div className="hilum-stack">
          <Panel title="What helps">
            <HelpPanel help={detail.help} />
          </Panel>
          <Panel title="Open alarms">
            <AlarmsList alarms={detail.openAlarms} isOfOneSite />
          </Panel>
        </div>
        <Panel title="Numbers">
          <SiteFacts detail={detail} />
          <Link to={resultsAddressOf({ site: detail.name, decision: null })}>Results of {detail.name}</Link>
        </Panel>
      </div>
    </>
  );
}

function History(props: { site: string; period: HistoryPeriod; onSignedOut: () => void }): ReactElement {
  const { site, period, onSignedOut } = props;
  const [, go] = useLocation();
  // while the hub looks up what they show
  useEffect(() => SiteCharts.preload(), []);
  const live = useLive(
    useCallback(() => readSiteHistory(site, historySince(period, Date.now())), [site, period]),
    onSignedOut,
  );
  return (
    <Panel title="History">
      <div className="hilum-filters" role="group" aria-label="Period of the charts">
        <FormSelect
          aria-label="Period"
          value={period}
          onChange={(_event, next) => go(siteAddressOf(site, next as HistoryPeriod))}
        >
          {Object.entries(HISTORY_PERIODS).map(([key, { text }]) => (
            <FormSelectOption key={key} value={key} label={text} />
          ))}
        </FormSelect>
      </div>
      <LoadFault error={live.error?.message ?? null} onRetry={live.retry} />
      {live.value === null ? (
        live.error === null && <Skeleton height="16rem" screenreaderText="Loading the history" />
      ) : (
        <SiteCharts history={live.value} />
      )}
    </Panel>
  );
}
