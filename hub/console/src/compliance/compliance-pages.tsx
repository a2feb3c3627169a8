import '@patternfly/patternfly/patternfly-charts.css';
import './compliance.css';
import { Alert } from '@patternfly/react-core/dist/dynamic/components/Alert';
import { Breadcrumb, BreadcrumbItem } from '@patternfly/react-core/dist/dynamic/components/Breadcrumb';
import { Content } from '@patternfly/react-core/dist/dynamic/components/Content';
import { EmptyState, EmptyStateBody } from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import { PageSection } from '@patternfly/react-core/dist/dynamic/components/Page';
import { Skeleton } from '@patternfly/react-core/dist/dynamic/components/Skeleton';
import { Title } from '@patternfly/react-core/dist/dynamic/components/Title';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import { useCallback, useMemo, type ReactElement, type ReactNode } from 'react';
import { readSites } from '../api-client';
import type { Role } from '../api-types';
import { ConsoleFrame } from '../console-frame';
import { formatAge, formatTime, timeZone } from '../format';
import { Link } from '../link';
import { LoadFault } from '../load-fault';
import { useLocation } from '../location';
import { useLive, type Live } from '../use-live';
import { useNow } from '../now';
import { Panel } from '../panel';
import { AuditFilterBar, AuditList } from './audit-list';
import {
  readAnchors,
  readAudit,
  readFleetObjects,
  readHistory,
  readPolicies,
  readPrivacy,
  readSiteCompliance,
  readSources,
  readStatesOf,
} from './compliance-client';
import { ComplianceFilters } from './compliance-filters';
import { PolicySeverityLabel } from './compliance-labels';
import type { FleetSource, Policy } from './compliance-types';
import {
  addressOf,
  audienceOf,
  NO_AUDIT_FILTERS,
  NO_DELIVERY_FILTER,
  policiesShown,
  statesShown,
  viewOf,
  type ComplianceView,
} from './compliance-view';
import { DeliveryList } from './delivery/delivery-list';
import { deliveriesOf } from './delivery/delivery-view';
import { AnchorPanels, EvidencePanel } from './evidence-panels';
import { defaultPeriod } from './evidence-period';
import { HistoryList } from './history-list';
import { PoliciesList, timeToFixText } from './policies-list';
import { PrivacyPanels } from './privacy-panels';
import { SitesMatrix } from './sites-matrix';
import { StatesChart } from './states-chart';
import { StatesList } from './states-list';
import { useCompliance } from './use-compliance';
import type { PageProps } from '../page-props';

type View<Kind extends ComplianceView['kind']> = Extract<ComplianceView, { kind: Kind }>;
type Viewed<Kind extends ComplianceView['kind']> = PageProps & {
  view: View<Kind>;
  onView: (view: ComplianceView) => void;
};

/** `/compliance` and what is below it. */
export default function CompliancePages(props: PageProps): ReactElement {
  const [{ path, search }, go] = useLocation();
  const view = useMemo(() => viewOf(path, search), [path, search]);
  const onView = useCallback((next: ComplianceView) => go(addressOf(next)), [go]);
  const audience = audienceOf(view.kind);
  if (audience !== null && !audience.roles.includes(props.role)) return <Refused {...props} {...audience} />;
  switch (view.kind) {
    case 'policies':
      return <PoliciesPage {...props} view={view} onView={onView} />;
    case 'policy':
      return <PolicyPage {...props} view={view} onView={onView} />;
    case 'sites':
      return <SitesPage {...props} view={view} onView={onView} />;
    case 'site':
      return <SitePage {...props} view={view} onView={onView} />;
    case 'delivery':
      return <DeliveryPage {...props} view={view} onView={onView} />;
    case 'privacy':
      return <PrivacyPage {...props} />;
    case 'audit':
      return <AuditPage {...props} view={view} onView={onView} />;
    case 'evidence':
      return <EvidencePage {...props} view={view} onView={onView} />;
  }
}

function Refused(props: PageProps & { what: string; roles: readonly Role[] }): ReactElement {
  const { role, onSignOut, what, roles } = props;
  return (
    <ConsoleFrame role={role} page="compliance" isConnected onSignOut={onSignOut}>
      <PageSection>
        <EmptyState titleText="Your role may not see this" headingLevel="h1">
          <EmptyStateBody>
            You are signed in as {role}. {what} for {roles.join(' and ')}.{' '}
            <Link to={addressOf({ kind: 'privacy' })}>What may leave a hospital</Link> is for everyone.
          </EmptyStateBody>
        </EmptyState>
      </PageSection>
    </ConsoleFrame>
  );
}

/** What every one of these pages has around it. */
function Frame(props: {
  page: PageProps;
  current: ComplianceView['kind'];
  title: string;
  /** for a page below another one */
  above?: { view: ComplianceView; text: string };
  live: Pick<Live<unknown>, 'error' | 'isFresh' | 'retry'>;
  children: ReactNode;
}): ReactElement {
  const { page, current, title, above, live, children } = props;
  const views: [ComplianceView, string][] = [
    [{ kind: 'policies', search: '', state: null }, 'Policies'],
    [{ kind: 'sites', search: '', state: null }, 'Sites'],
    [{ kind: 'delivery', filter: NO_DELIVERY_FILTER }, 'Delivery'],
    [{ kind: 'privacy' }, 'Privacy boundary'],
    [{ kind: 'audit', filters: NO_AUDIT_FILTERS }, 'Audit'],
    [{ kind: 'evidence', from: null, to: null }, 'Evidence'],
  ];
  return (
    <ConsoleFrame role={page.role} page="compliance" isConnected={live.isFresh} onSignOut={page.onSignOut}>
      <PageSection>
        {above !== undefined && (
          <Breadcrumb>
            <BreadcrumbItem
              render={({ className }) => (
                <Link to={addressOf(above.view)} className={className}>
                  {above.text}
                </Link>
              )}
            />
            <BreadcrumbItem isActive>{title}</BreadcrumbItem>
          </Breadcrumb>
        )}
        <Title headingLevel="h1">{title}</Title>
        <Content component="small">Times are in your time zone, {timeZone}.</Content>
        <nav className="hilum-views" aria-label="Compliance">
          {views
            .filter(([{ kind }]) => audienceOf(kind)?.roles.includes(page.role) ?? true)
            .map(([view, text]) => (
              <Link key={view.kind} to={addressOf(view)} isCurrent={view.kind === current}>
                {text}
              </Link>
            ))}
        </nav>
      </PageSection>
      <PageSection className="hilum-panels">
        <LoadFault error={live.error?.message ?? null} onRetry={live.retry} />
        {children}
      </PageSection>
    </ConsoleFrame>
  );
}

const titlesOf = (policies: readonly Policy[]): Map<string, string> =>
  new Map(policies.map(({ name, title }) => [name, title]));

/** Says it when nothing that is shown can be taken for true. */
function SourceNotice({ sources, now }: { sources: readonly FleetSource[]; now: number }): ReactElement | null {
  const stale = sources.filter(({ isStale }) => isStale);
  const views = sources
    .flatMap((source) => source.views)
    .filter(({ state }) => state === 'refused' || state === 'failing');
  if (stale.length === 0 && views.length === 0) return null;
  return (
    <Alert
      variant="warning"
      isInline
      title={stale.length > 0 ? 'What tells of the fleet is not heard' : 'Not everything of the fleet is seen'}
    >
      {stale.map(({ source, seenAt }) => (
        <p key={source}>
          {source === 'ocm' ? 'Open Cluster Management' : 'The supervisor'} was{' '}
          {seenAt === null ? 'never heard' : `last heard ${formatAge(seenAt, now)} ago, at ${formatTime(seenAt)}`}:
          states are unknown until it is heard again.
        </p>
      ))}
      {views.map(({ kind, state, detail }) => (
        <p key={kind}>
          {kind}: {state === 'refused' ? 'the hub may not see them' : 'cannot be followed'}
          {detail === null ? '' : ` (${detail})`}
        </p>
      ))}
    </Alert>
  );
}

function PoliciesPage(props: Viewed<'policies'>): ReactElement {
  const { view, onView, onSignedOut } = props;
  const now = useNow();
  const live = useCompliance(
    useCallback(async () => {
      const [policies, sources] = await Promise.all([readPolicies(), readSources()]);
      return { policies, sources };
    }, []),
    onSignedOut,
  );
  const policies = live.value?.policies ?? null;
  const shown = useMemo(() => (policies === null ? [] : policiesShown(policies, view)), [policies, view]);
  return (
    <Frame page={props} current="policies" title="Compliance" live={live}>
      <SourceNotice sources={live.value?.sources ?? []} now={now} />
      <Panel title="Policies">
        <PoliciesList
          policies={policies}
          search={view.search}
          state={view.state}
          onFilter={(filter) => onView({ kind: 'policies', ...filter })}
        />
      </Panel>
      {shown.length > 0 && (
        <Panel title="Sites by state">
          <StatesChart policies={shown} />
        </Panel>
      )}
    </Frame>
  );
}

function PolicyPage(props: Viewed<'policy'>): ReactElement {
  const { view, onView, onSignedOut } = props;
  const { policy: name } = view;
  const now = useNow();
  const live = useCompliance(
    useCallback(async () => {
      const [policies, states, history] = await Promise.all([
        readPolicies(),
        readStatesOf({ policy: name }),
        readHistory({ policy: name }),
      ]);
      return { policy: policies.find((one) => one.name === name) ?? null, states, history };
    }, [name]),
    onSignedOut,
  );
  const policy = live.value?.policy ?? null;
  const above = { view: { kind: 'policies', search: '', state: null }, text: 'Policies' } as const;
  if (live.value !== null && policy === null)
    return (
      <Frame page={props} current="policy" title={name} above={above} live={live}>
        <EmptyState titleText="No such policy" icon={SearchIcon} headingLevel="h2" variant="sm">
          <EmptyStateBody>
            The hub has never been told of it. <Link to={addressOf(above.view)}>All policies</Link>
          </EmptyStateBody>
        </EmptyState>
      </Frame>
    );
  return (
    <Frame page={props} current="policy" title={policy?.title ?? name} above={above} live={live}>
      {live.value === null || policy === null ? (
        live.error === null && <Skeleton height="20rem" screenreaderText="Loading the policy" />
      ) : (
        <>
          <PolicyFacts policy={policy} />
          <Panel title="Sites">
            <ComplianceFilters
              label="Search sites and messages"
              placeholder="Site or message"
              search={view.search}
              state={view.state}
              onChange={(filter) => onView({ ...view, ...filter })}
            />
            <StatesList states={statesShown(live.value.states, view)} by="site" now={now} />
          </Panel>
          <Panel title="History">
            <HistoryList history={live.value.history} by="site" />
          </Panel>
        </>
      )}
    </Frame>
  );
}

function PolicyFacts({ policy }: { policy: Policy }): ReactElement {
  const { name, why, severity, standards, categories, controls, remediation, policySets, removedAt, timeToFix } =
    policy;
  const facts: [string, ReactNode][] = [
    ['Why', why === '' ? '–' : why],
    ['Severity', <PolicySeverityLabel key="severity" severity={severity} />],
    ['Controls', controls.join(', ') || '–'],
    ['Standards', standards.join(', ') || '–'],
    ['Categories', categories.join(', ') || '–'],
    ['Policy sets', policySets.join(', ') || '–'],
    ['When broken', remediation === 'enforce' ? 'it is put right by itself' : 'a person puts it right'],
    ['Time to fix', `${timeToFixText(timeToFix)}, of the last 90 days`],
    ['Name', <code key="name">{name}</code>],
    ...(removedAt === null ? [] : [['Removed', formatTime(removedAt)] as [string, ReactNode]]),
  ];
  return (
    <Panel title="What is demanded">
      <dl className="hilum-facts">
        {facts.map(([term, description]) => [
          <dt key={`${term} term`}>{term}</dt>,
          <dd key={`${term} description`}>{description}</dd>,
        ])}
      </dl>
    </Panel>
  );
}

function SitesPage(props: Viewed<'sites'>): ReactElement {
  const { view, onView, onSignedOut } = props;
  const now = useNow();
  const live = useCompliance(
    useCallback(async () => {
      const [sites, policies, sources] = await Promise.all([readSiteCompliance(), readPolicies(), readSources()]);
      return { sites, titles: titlesOf(policies), sources };
    }, []),
    onSignedOut,
  );
  return (
    <Frame page={props} current="sites" title="Sites by policies" live={live}>
      <SourceNotice sources={live.value?.sources ?? []} now={now} />
      <Panel title="Sites">
        <SitesMatrix
          sites={live.value?.sites ?? null}
          titles={live.value?.titles ?? new Map<string, string>()}
          search={view.search}
          state={view.state}
          onFilter={(filter) => onView({ kind: 'sites', ...filter })}
        />
      </Panel>
    </Frame>
  );
}

function SitePage(props: Viewed<'site'>): ReactElement {
  const { view, onSignedOut } = props;
  const { site } = view;
  const now = useNow();
  const live = useCompliance(
    useCallback(async () => {
      const [states, history, policies] = await Promise.all([
        readStatesOf({ site }),
        readHistory({ site }),
        readPolicies(),
      ]);
      return { states, history, titles: titlesOf(policies) };
    }, [site]),
    onSignedOut,
  );
  const above = { view: { kind: 'sites', search: '', state: null }, text: 'Sites' } as const;
  return (
    <Frame page={props} current="site" title={site} above={above} live={live}>
      {live.value === null ? (
        live.error === null && <Skeleton height="20rem" screenreaderText="Loading the site" />
      ) : (
        <>
          <Panel title="Policies">
            <StatesList
              states={statesShown(live.value.states, { search: '', state: null })}
              by="policy"
              titles={live.value.titles}
              now={now}
            />
          </Panel>
          <Panel title="History">
            <HistoryList history={live.value.history} by="policy" titles={live.value.titles} />
          </Panel>
        </>
      )}
    </Frame>
  );
}

function DeliveryPage(props: Viewed<'delivery'>): ReactElement {
  const { view, onView, onSignedOut } = props;
  const now = useNow();
  const live = useLive(
    useCallback(async () => {
      const [objects, sources] = await Promise.all([readFleetObjects(), readSources()]);
      return { rows: deliveriesOf(objects), sources };
    }, []),
    onSignedOut,
  );
  return (
    <Frame page={props} current="delivery" title="Delivery" live={live}>
      <SourceNotice sources={live.value?.sources ?? []} now={now} />
      <Panel title="What is brought to the sites">
        <DeliveryList
          rows={live.value?.rows ?? null}
          filter={view.filter}
          now={now}
          onFilter={(filter) => onView({ kind: 'delivery', filter })}
        />
      </Panel>
    </Frame>
  );
}

function PrivacyPage(props: PageProps): ReactElement {
  const now = useNow();
  const live = useLive(readPrivacy, props.onSignedOut);
  return (
    <Frame page={props} current="privacy" title="Privacy boundary" live={live}>
      {live.value === null ? (
        live.error === null && <Skeleton height="20rem" screenreaderText="Loading the privacy boundary" />
      ) : (
        <PrivacyPanels boundary={live.value} now={now} />
      )}
    </Frame>
  );
}

function AuditPage(props: Viewed<'audit'>): ReactElement {
  const { view, onView, onSignedOut } = props;
  const { filters } = view;
  const live = useLive(
    useCallback(() => readAudit(filters), [filters]),
    onSignedOut,
    // each reading is an entry itself
    false,
  );
  const sites = useLive(readSites, onSignedOut);
  const names = (sites.value ?? []).map(({ name }) => name);
  const options = filters.site === null || names.includes(filters.site) ? names : [filters.site, ...names];
  return (
    <Frame page={props} current="audit" title="Audit" live={live}>
      <Panel title="Who saw or changed what">
        <AuditFilterBar
          filters={filters}
          entries={live.value?.items ?? []}
          sites={options}
          onChange={(next) => onView({ kind: 'audit', filters: next })}
          onRefresh={live.retry}
        />
        {(live.value !== null || live.error === null) && (
          <AuditList entries={live.value?.items ?? null} hasMore={live.value?.hasMore ?? false} />
        )}
      </Panel>
    </Frame>
  );
}

function EvidencePage(props: Viewed<'evidence'>): ReactElement {
  const { view, onView, onSignedOut } = props;
  const now = useNow();
  const live = useLive(readAnchors, onSignedOut);
  const usual = defaultPeriod(now);
  return (
    <Frame page={props} current="evidence" title="Evidence" live={live}>
      <EvidencePanel
        period={{ from: view.from ?? usual.from, to: view.to ?? usual.to }}
        now={now}
        onPeriod={(period) => onView({ kind: 'evidence', ...period })}
      />
      {live.value === null ? (
        live.error === null && <Skeleton height="12rem" screenreaderText="Loading the anchors of the audit" />
      ) : (
        <AnchorPanels audit={live.value} />
      )}
    </Frame>
  );
}
