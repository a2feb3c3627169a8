import { EmptyState, EmptyStateBody } from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import { Skeleton } from '@patternfly/react-core/dist/dynamic/components/Skeleton';
import CubesIcon from '@patternfly/react-icons/dist/esm/icons/cubes-icon';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { memo, type ReactElement } from 'react';
import { formatCount } from '../format';
import { Link } from '../link';
import { ComplianceFilters } from './compliance-filters';
import { COMPLIANCE_LOOK, ComplianceLabel, ComplianceMark } from './compliance-labels';
import { STATES, type ComplianceState, type SiteCompliance } from './compliance-types';
import { addressOf, sitesShown } from './compliance-view';
import { MoreRows } from './more-rows';

const SiteLine = memo(function SiteLine(props: {
  row: SiteCompliance;
  policies: readonly string[];
  titles: ReadonlyMap<string, string>;
}) {
  const { row, policies, titles } = props;
  const states = new Map(row.states.map(({ policy, state }) => [policy, state]));
  const amiss = row.states.filter(({ state }) => state !== 'compliant');
  return (
    <Tr>
      <Th scope="row" dataLabel="Site" modifier="nowrap">
        <Link to={addressOf({ kind: 'site', site: row.site })}>{row.site}</Link>
      </Th>
      <Td dataLabel="States">
        <span className="hilum-labels">
          {STATES.filter((state) => row.counts[state] > 0).map((state) => (
            <ComplianceLabel key={state} state={state} count={formatCount(row.counts[state])} />
          ))}
        </span>
      </Td>
      {/* on a phone the names of what is amiss, elsewhere a column for each policy */}
      <Td dataLabel="Amiss" className="hilum-narrow-only">
        {amiss.length === 0 ? 'nothing' : amiss.map(({ policy }) => titles.get(policy) ?? policy).join('; ')}
      </Td>
      {policies.map((policy) => {
        const state = states.get(policy);
        return (
          <Td key={policy} className="hilum-wide-only hilum-mark">
            {state === undefined ? (
              <span aria-label={`${titles.get(policy) ?? policy}: does not apply`} role="img">
                ·
              </span>
            ) : (
              <ComplianceMark state={state} policy={titles.get(policy) ?? policy} />
            )}
          </Td>
        );
      })}
    </Tr>
  );
});

/** Sites by policies: those with most amiss first. */
export function SitesMatrix(props: {
  sites: readonly SiteCompliance[] | null;
  titles: ReadonlyMap<string, string>;
  search: string;
  state: ComplianceState | null;
  onFilter: (filter: { search: string; state: ComplianceState | null }) => void;
}): ReactElement {
  const { sites, titles, search, state, onFilter } = props;
  if (sites === null) return <Skeleton height="12rem" screenreaderText="Loading sites" />;
  if (sites.length === 0)
    return (
      <EmptyState titleText="No states yet" icon={CubesIcon} headingLevel="h3" variant="sm">
        <EmptyStateBody>A site appears here once something tells the hub how it stands to a policy.</EmptyStateBody>
      </EmptyState>
    );
  const shown = sitesShown(sites, { search, state });
  const policies = [...new Set(sites.flatMap(({ states }) => states.map(({ policy }) => policy)))].sort();
  return (
    <>
      <ComplianceFilters label="Search sites" placeholder="Site" {...{ search, state, onChange: onFilter }} />
      <p className="hilum-note">
        {STATES.map((known) => `${COMPLIANCE_LOOK[known].text}: ${COMPLIANCE_LOOK[known].meaning}`).join('. ')}.
      </p>
      {shown.length === 0 ? (
        <EmptyState titleText="No site fits" icon={SearchIcon} headingLevel="h3" variant="sm">
          <EmptyStateBody>None of {formatCount(sites.length)} sites is like this.</EmptyStateBody>
        </EmptyState>
      ) : (
        <MoreRows rows={shown} of="sites">
          {(rows) => (
            <div className="hilum-scroll" role="region" aria-label="Sites by policies, scrollable" tabIndex={0}>
              <Table
                aria-label="Sites by policies"
                variant="compact"
                gridBreakPoint="grid-lg"
                className="hilum-table hilum-matrix"
              >
                <Thead>
                  <Tr>
                    <Th>Site</Th>
                    <Th>States</Th>
                    <Th className="hilum-narrow-only">Amiss</Th>
                    {policies.map((policy) => (
                      <Th key={policy} className="hilum-wide-only hilum-turned">
                        <Link to={addressOf({ kind: 'policy', policy, search: '', state: null })}>
                          {policy.replace(/^policy-/, '')}
                        </Link>
                      </Th>
                    ))}
                  </Tr>
                </Thead>
                <Tbody>
                  {rows.map((row) => (
                    <SiteLine key={row.site} row={row} policies={policies} titles={titles} />
                  ))}
                </Tbody>
              </Table>
            </div>
          )}
        </MoreRows>
      )}
    </>
  );
}
