import { EmptyState, EmptyStateBody } from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { ReactElement } from 'react';
import { formatAge, formatTime } from '../format';
import { Link } from '../link';
import { ComplianceLabel } from './compliance-labels';
import type { PolicyState } from './compliance-types';
import { addressOf } from './compliance-view';
import { MoreRows } from './more-rows';

/** States with since when and why. @param by what each row is of, since the page is of the other */
export function StatesList(props: {
  states: readonly PolicyState[];
  by: 'policy' | 'site';
  titles?: ReadonlyMap<string, string>;
  now: number;
}): ReactElement {
  const { states, by, titles, now } = props;
  const what = by === 'site' ? 'Site' : 'Policy';
  if (states.length === 0)
    return (
      <EmptyState titleText="Nothing fits" icon={SearchIcon} headingLevel="h3" variant="sm">
        <EmptyStateBody>There is no state like this.</EmptyStateBody>
      </EmptyState>
    );
  return (
    <MoreRows rows={states} of={by === 'site' ? 'sites' : 'policies'}>
      {(rows) => (
        <div className="hilum-scroll" role="region" aria-label="States, scrollable" tabIndex={0}>
          <Table aria-label="States" variant="compact" gridBreakPoint="grid-lg" className="hilum-table">
            <Thead>
              <Tr>
                <Th>{what}</Th>
                <Th>State</Th>
                <Th>Since</Th>
                <Th>Message</Th>
                <Th modifier="wrap">Last reported</Th>
              </Tr>
            </Thead>
            <Tbody>
              {rows.map(({ policy, site, state, since, message, observedAt }) => (
                <Tr key={`${policy} ${site}`}>
                  <Th scope="row" dataLabel={what}>
                    {by === 'site' ? (
                      <Link to={addressOf({ kind: 'site', site })}>{site}</Link>
                    ) : (
                      <Link to={addressOf({ kind: 'policy', policy, search: '', state: null })}>
                        {titles?.get(policy) ?? policy}
                      </Link>
                    )}
                  </Th>
                  <Td dataLabel="State" modifier="nowrap">
                    <span className="hilum-labels">
                      <ComplianceLabel state={state} />
                    </span>
                  </Td>
                  <Td dataLabel="Since" modifier="nowrap">
                    <time dateTime={since}>{formatTime(since)}</time>{' '}
                    <span className="hilum-since">for {formatAge(since, now)}</span>
                  </Td>
                  <Td dataLabel="Message" className="hilum-message">
                    {message}
                  </Td>
                  <Td dataLabel="Last reported" modifier="nowrap">
                    <time dateTime={observedAt}>{formatTime(observedAt)}</time>
                  </Td>
                </Tr>
              ))}
            </Tbody>
          </Table>
        </div>
      )}
    </MoreRows>
  );
}
