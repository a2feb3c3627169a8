import { EmptyState, EmptyStateBody } from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import { Button } from '@patternfly/react-core/dist/dynamic/components/Button';
import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/dynamic/components/FormSelect';
import { Pagination } from '@patternfly/react-core/dist/dynamic/components/Pagination';
import { SearchInput } from '@patternfly/react-core/dist/dynamic/components/SearchInput';
import { Skeleton } from '@patternfly/react-core/dist/dynamic/components/Skeleton';
import CubesIcon from '@patternfly/react-icons/dist/esm/icons/cubes-icon';
import ExclamationTriangleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import { Table, Tbody, Td, Th, Thead, Tr, type ThProps } from '@patternfly/react-table';
import { memo, useMemo, type ReactElement } from 'react';
import type { Site, SiteSummary, Summary } from './api-types';
import { PAGE_SIZES, sitesIn, unreadableShareOf, type FleetView, type Sort, type StateFilter } from './fleet-view';
import { formatCount, formatDuration, formatLatency } from './format';
import { STATE_LOOK, StateLabel } from './labels';
import { Link } from './link';
import { Age } from './moment';
import { troubleOf } from './site-trouble';
import { siteAddressOf } from './site-view';

interface Column {
  title: string;
  sort?: Sort;
  isNumber?: boolean;
}

const COLUMNS: readonly Column[] = [
  { title: 'Site', sort: 'name' },
  { title: 'State', sort: 'worst' },
  { title: 'Lag', sort: 'lag', isNumber: true },
  { title: 'Backlog', sort: 'backlog', isNumber: true },
  { title: 'Oldest unscored', sort: 'oldest', isNumber: true },
  { title: 'Missing', sort: 'missing', isNumber: true },
  { title: 'Dead letters', sort: 'dead-letters', isNumber: true },
  { title: 'Results today', sort: 'results', isNumber: true },
  { title: 'Unreadable', sort: 'unreadable', isNumber: true },
  { title: 'p95', sort: 'latency', isNumber: true },
  { title: 'Model' },
  { title: 'Version' },
];

function Bad({ count }: { count: number | null }): ReactElement {
  if (count === null || count === 0) return <>{formatCount(count)}</>;
  return (
    <strong className="hilum-red">
      <ExclamationTriangleIcon /> {formatCount(count)}
    </strong>
  );
}

function unreadableText(today: SiteSummary | undefined): string {
  const share = unreadableShareOf(today);
  return share === null ? '–' : `${(100 * share).toFixed(1)} %`;
}

/** A site's latest heartbeat is on its way for so long; one that does not come, for at least as long as it is late. */
function Lag({ site }: { site: Site }): ReactElement {
  if (site.lastHeartbeatAt === null) return <>–</>;
  if (site.state !== 'live') return <Age at={site.lastHeartbeatAt} />;
  return <>{site.mirrorLagSeconds === null ? '–' : formatLatency(site.mirrorLagSeconds * 1000)}</>;
}

const SiteLine = memo(function SiteLine({ site, today }: { site: Site; today: SiteSummary | undefined }) {
  const trouble = troubleOf(site);
  return (
    <Tr>
      <Th scope="row" dataLabel="Site" modifier="nowrap">
        <Link to={siteAddressOf(site.name)}>{site.name}</Link>
      </Th>
      <Td dataLabel="State" modifier="nowrap">
        <div>
          <span title={STATE_LOOK[site.state].meaning}>
            <StateLabel state={site.state} />
          </span>{' '}
          <span className="hilum-since">
            for <Age at={site.stateSince} />
          </span>
          {trouble.length > 0 && (
            <div className="hilum-red">
              <ExclamationTriangleIcon /> {trouble[0]}
            </div>
          )}
        </div>
      </Td>
      <Td dataLabel="Lag" className="hilum-number" modifier="nowrap">
        <Lag site={site} />
      </Td>
      <Td dataLabel="Backlog" className="hilum-number">
        {formatCount(site.backlog)}
      </Td>
      <Td dataLabel="Oldest unscored" className="hilum-number" modifier="nowrap">
        {site.oldestUnscoredAgeSeconds === null || site.backlog === 0
          ? '–'
          : formatDuration(site.oldestUnscoredAgeSeconds)}
      </Td>
      <Td dataLabel="Missing" className="hilum-number" modifier="nowrap">
        <Bad count={site.missing} />
      </Td>
      <Td dataLabel="Dead letters" className="hilum-number" modifier="nowrap">
        <Bad count={site.deadLetters} />
      </Td>
      <Td dataLabel="Results today" className="hilum-number">
        {formatCount(today?.total ?? null)}
      </Td>
      <Td dataLabel="Unreadable" className="hilum-number" modifier="nowrap">
        {unreadableText(today)}
      </Td>
      <Td dataLabel="p95" className="hilum-number" modifier="nowrap">
        {formatLatency(today?.latencyMs.p95 ?? null)}
      </Td>
      <Td dataLabel="Model" modifier="nowrap">
        {site.model === null ? '–' : <span title={site.model.name}>{site.model.version}</span>}
      </Td>
      <Td dataLabel="Version" modifier="nowrap">
        {site.appVersion ?? '–'}
      </Td>
    </Tr>
  );
});

const FILTER_TEXT: Record<StateFilter, string> = {
  all: 'All states',
  attention: 'Needs attention',
  live: STATE_LOOK.live.text,
  late: STATE_LOOK.late.text,
  'link-down': STATE_LOOK['link-down'].text,
  dead: STATE_LOOK.dead.text,
};

function Filters(props: { view: FleetView; onView: OnView }): ReactElement {
  const { view, onView } = props;
  return (
    <div className="hilum-filters" role="group" aria-label="Filters">
      <SearchInput
        aria-label="Search sites by name"
        placeholder="Name of a site"
        value={view.search}
        onChange={(_event, search) => onView({ ...view, search, page: 1 }, 'replace')}
        onClear={() => onView({ ...view, search: '', page: 1 })}
      />
      <FormSelect
        aria-label="Filter sites by state"
        value={view.state}
        onChange={(_event, state) => onView({ ...view, state: state as StateFilter, page: 1 })}
      >
        {Object.entries(FILTER_TEXT).map(([state, text]) => (
          <FormSelectOption key={state} value={state} label={text} />
        ))}
      </FormSelect>
      <FormSelect
        aria-label="Sort sites"
        className="hilum-only-cards"
        value={view.sort}
        onChange={(_event, sort) => onView({ ...view, sort: sort as Sort, isReversed: false, page: 1 })}
      >
        {COLUMNS.flatMap(({ title, sort }) =>
          sort === undefined
            ? []
            : [
                <FormSelectOption
                  key={sort}
                  value={sort}
                  label={sort === 'worst' ? 'Worst first' : `By ${title.toLowerCase()}`}
                />,
              ],
        )}
      </FormSelect>
    </div>
  );
}

export type OnView = (view: FleetView, how?: 'push' | 'replace') => void;

/** Every site, a page at a time: what needs looking at comes first. */
export const SitesTable = memo(function SitesTable(props: {
  sites: ReadonlyMap<string, Site> | null;
  summary: Summary | null;
  view: FleetView;
  onView: OnView;
}) {
  const { sites, summary, view, onView } = props;
  const today = useMemo(() => new Map(summary?.sites.map((entry) => [entry.site, entry])), [summary]);
  const found = useMemo(() => sitesIn(view, sites?.values() ?? [], today, Date.now()), [view, sites, today]);
  if (sites === null) return <Skeleton height="8rem" screenreaderText="Loading sites" />;
  if (sites.size === 0)
    return (
      <EmptyState titleText="No sites yet" icon={CubesIcon} headingLevel="h3" variant="sm">
        <EmptyStateBody>
          A site appears here by itself once its topics exist at the hub. Add one with <code>hilum site add NAME</code>.
        </EmptyStateBody>
      </EmptyState>
    );
  const page = Math.min(view.page, Math.max(1, Math.ceil(found.length / view.pageSize)));
  const shown = found.slice((page - 1) * view.pageSize, page * view.pageSize);
  const sortedBy = COLUMNS.findIndex(({ sort }) => sort === view.sort);
  // names from A and the worst from the top are the usual way; of numbers it is the greatest first
  const isAscending = (COLUMNS[sortedBy]?.isNumber === true) === view.isReversed;
  const sortOf = (index: number): Pick<ThProps, 'sort'> => {
    const sort = COLUMNS[index]?.sort;
    if (sort === undefined) return {};
    return {
      sort: {
        columnIndex: index,
        sortBy: { index: sortedBy, direction: isAscending ? 'asc' : 'desc', defaultDirection: 'asc' },
        onSort: () => onView({ ...view, sort, isReversed: view.sort === sort && !view.isReversed, page: 1 }),
      },
    };
  };
  return (
    <>
      <Filters view={view} onView={onView} />
      {found.length === 0 ? (
        <EmptyState titleText="No site fits" icon={SearchIcon} headingLevel="h3" variant="sm">
          <EmptyStateBody>
            None of {formatCount(sites.size)} sites fits the search and the state.{' '}
            <Button variant="link" isInline onClick={() => onView({ ...view, search: '', state: 'all', page: 1 })}>
              Show all
            </Button>
          </EmptyStateBody>
        </EmptyState>
      ) : (
        <>
          <div className="hilum-scroll" role="region" aria-label="Sites, scrollable" tabIndex={0}>
            <Table aria-label="Sites" variant="compact" gridBreakPoint="grid-lg" className="hilum-table">
              <Thead>
                <Tr>
                  {COLUMNS.map(({ title, isNumber = false }, index) => (
                    <Th key={title} className={isNumber ? 'hilum-number' : ''} modifier="wrap" {...sortOf(index)}>
                      {title}
                    </Th>
                  ))}
                </Tr>
              </Thead>
              <Tbody>
                {shown.map((site) => (
                  <SiteLine key={site.name} site={site} today={today.get(site.name)} />
                ))}
              </Tbody>
            </Table>
          </div>
          {found.length > Math.min(...PAGE_SIZES) && (
            <Pagination
              itemCount={found.length}
              page={page}
              perPage={view.pageSize}
              perPageOptions={PAGE_SIZES.map((size) => ({ title: String(size), value: size }))}
              onSetPage={(_event, next) => onView({ ...view, page: next })}
              onPerPageSelect={(_event, pageSize) => onView({ ...view, pageSize, page: 1 })}
              widgetId="sites"
              variant="bottom"
              titles={{ paginationAriaLabel: 'Pages of sites' }}
            />
          )}
        </>
      )}
    </>
  );
});
