import '@patternfly/patternfly/patternfly-charts.css';
import { Breadcrumb, BreadcrumbItem } from '@patternfly/react-core/dist/dynamic/components/Breadcrumb';
import { Content } from '@patternfly/react-core/dist/dynamic/components/Content';
import { EmptyState, EmptyStateBody } from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/dynamic/components/FormSelect';
import { PageSection } from '@patternfly/react-core/dist/dynamic/components/Page';
import { Skeleton } from '@patternfly/react-core/dist/dynamic/components/Skeleton';
import { Title } from '@patternfly/react-core/dist/dynamic/components/Title';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import { useCallback, useEffect, useMemo, type ReactElement } from 'react';
import { ConsoleFrame } from '../console-frame';
import { timeZone } from '../format';
import { Link } from '../link';
import { LoadFault } from '../load-fault';
import { loadedComponent } from '../loaded-component';
import { useLocation } from '../location';
import { Panel } from '../panel';
import { MODEL_ROLES } from './model-types';
import { addressOf, PERIODS, viewOf, type ModelsView, type PeriodName } from './model-view';
import { ModelsList } from './models-list';
import { readModelReport, readModels } from './models-client';
import { useLive } from '../use-live';
import type { PageProps } from '../page-props';

const loadingModel = <Skeleton height="20rem" screenreaderText="Loading the model" />;
const ModelDetails = loadedComponent(async () => (await import('./model-details')).ModelDetails, loadingModel);

type OnView = (view: ModelsView, how?: 'push' | 'replace') => void;

/** `/models` and `/models/<digest>`. */
export default function ModelsPages(props: PageProps): ReactElement {
  const [{ path, search }, go] = useLocation();
  const view = useMemo(() => viewOf(path, search), [path, search]);
  const show = useCallback<OnView>((next, how) => go(addressOf(next), how), [go]);
  if (!MODEL_ROLES.includes(props.role))
    return (
      <ConsoleFrame role={props.role} page="models" isConnected onSignOut={props.onSignOut}>
        <PageSection>
          <EmptyState titleText="Your role may not see models" headingLevel="h1">
            <EmptyStateBody>
              You are signed in as {props.role}. Models are for {MODEL_ROLES.join(' and ')}.
            </EmptyStateBody>
          </EmptyState>
        </PageSection>
      </ConsoleFrame>
    );
  return view.kind === 'list' ? (
    <ListPage {...props} view={view} onView={show} />
  ) : (
    <DetailPage {...props} view={view} onView={show} />
  );
}

function ListPage(props: PageProps & { view: Extract<ModelsView, { kind: 'list' }>; onView: OnView }): ReactElement {
  const { role, onSignOut, onSignedOut, view, onView } = props;
  const live = useLive(readModels, onSignedOut);
  return (
    <ConsoleFrame role={role} page="models" isConnected={live.isFresh} onSignOut={onSignOut}>
      <PageSection>
        <Title headingLevel="h1">Models</Title>
        <Content component="small">Every model that scored at a site. Times are in your time zone, {timeZone}.</Content>
      </PageSection>
      <PageSection className="hilum-panels">
        <LoadFault error={live.error?.message ?? null} onRetry={live.retry} />
        <Panel title="Models">
          <ModelsList
            models={live.value}
            search={view.search}
            onSearch={(search) => onView({ kind: 'list', search }, 'replace')}
          />
        </Panel>
      </PageSection>
    </ConsoleFrame>
  );
}

function DetailPage(props: PageProps & { view: Extract<ModelsView, { kind: 'model' }>; onView: OnView }): ReactElement {
  const { role, onSignOut, onSignedOut, view, onView } = props;
  const { digest, site, period } = view;
  const live = useLive(
    useCallback(() => readModelReport(digest, period, site), [digest, period, site]),
    onSignedOut,
  );
  // with its charts, while the hub works on the report
  useEffect(() => ModelDetails.preload(), []);
  // the report on one site does not name the others
  const models = useLive(readModels, onSignedOut);
  const report = live.value;
  const isUnknown = live.error !== null && (live.error.status === 404 || live.error.status === 400);
  const sites = (models.value?.find((model) => model.model.digest === digest)?.sites ?? []).map((own) => own.site);
  const options = site === null || sites.includes(site) ? sites : [site, ...sites];
  const name = report === null ? digest.slice(0, 19) : `${report.model.name} ${report.model.version}`;
  return (
    <ConsoleFrame role={role} page="models" isConnected={live.isFresh || isUnknown} onSignOut={onSignOut}>
      <PageSection>
        <Breadcrumb>
          <BreadcrumbItem
            render={({ className }) => (
              <Link to="/models" className={className}>
                Models
              </Link>
            )}
          />
          <BreadcrumbItem isActive>{name}</BreadcrumbItem>
        </Breadcrumb>
        <Title headingLevel="h1">{name}</Title>
        <Content component="small">
          <code className="hilum-digest">{digest}</code>. Times are in your time zone, {timeZone}.
        </Content>
      </PageSection>
      <PageSection className="hilum-panels">
        {isUnknown ? (
          <EmptyState titleText="No such model" icon={SearchIcon} headingLevel="h2" variant="sm">
            <EmptyStateBody>
              {live.error?.message} <Link to="/models">All models</Link>
            </EmptyStateBody>
          </EmptyState>
        ) : (
          <>
            <LoadFault error={live.error?.message ?? null} onRetry={live.retry} />
            <div className="hilum-filters" role="group" aria-label="Filters">
              <FormSelect
                aria-label="Site"
                value={site ?? ''}
                onChange={(_event, value) => onView({ ...view, site: value === '' ? null : value })}
              >
                <FormSelectOption value="" label="All sites" />
                {options.map((option) => (
                  <FormSelectOption key={option} value={option} label={option} />
                ))}
              </FormSelect>
              <FormSelect
                aria-label="Period"
                value={period}
                onChange={(_event, value) => onView({ ...view, period: value as PeriodName })}
              >
                {Object.entries(PERIODS).map(([key, { text }]) => (
                  <FormSelectOption key={key} value={key} label={text} />
                ))}
              </FormSelect>
            </div>
            {report === null ? live.error === null && loadingModel : <ModelDetails report={report} site={site} />}
          </>
        )}
      </PageSection>
    </ConsoleFrame>
  );
}
