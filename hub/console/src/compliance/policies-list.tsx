import { EmptyState, EmptyStateBody } from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import { Skeleton } from '@patternfly/react-core/dist/dynamic/components/Skeleton';
import CubesIcon from '@patternfly/react-icons/dist/esm/icons/cubes-icon';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { ReactElement } from 'react';
import { formatCount, formatDuration } from '../format';
import { Link } from '../link';
import { ComplianceFilters } from './compliance-filters';
import { ComplianceLabel, PolicySeverityLabel } from './compliance-labels';
import { STATES, type ComplianceState, type Policy } from './compliance-types';
import { addressOf, policiesShown } from './compliance-view';

export function timeToFixText({ fixed, open, medianSeconds }: Policy['timeToFix']): string {
  if (medianSeconds === null) return open > 0 ? `${formatCount(open)} open` : '–';
  const text = `${formatDuration(medianSeconds)} (of ${formatCount(fixed)})`;
  return open > 0 ? `${text}, ${formatCount(open)} open` : text;
}

function PolicyLine({ policy }: { policy: Policy }): ReactElement {
  const { name, title, severity, controls, counts } = policy;
  const present = STATES.filter((state) => counts[state] > 0);
  return (
    <Tr>
      <Th scope="row" dataLabel="Policy">
        <Link to={addressOf({ kind: 'policy', policy: name, search: '', state: null })}>{title}</Link>
        <div className="hilum-note">
          <code>{name}</code>
        </div>
      </Th>
      <Td dataLabel="Severity">
        <span className="hilum-labels">
          <PolicySeverityLabel severity={severity} />
        </span>
      </Td>
      <Td dataLabel="Sites">
        <span className="hilum-labels">
          {present.length === 0 && 'applies nowhere'}
          {present.map((state) => (
            <ComplianceLabel key={state} state={state} count={formatCount(counts[state])} />
          ))}
        </span>
      </Td>
      <Td dataLabel="Median time to fix" modifier="nowrap">
        {timeToFixText(policy.timeToFix)}
      </Td>
      <Td dataLabel="Controls">{controls.join(', ')}</Td>
    </Tr>
  );
}

/** Every policy with its states counted, the worst first. */
export function PoliciesList(props: {
  policies: readonly Policy[] | null;
  search: string;
  state: ComplianceState | null;
  onFilter: (filter: { search: string; state: ComplianceState | null }) => void;
}): ReactElement {
  const { policies, search, state, onFilter } = props;
  if (policies === null) return <Skeleton height="12rem" screenreaderText="Loading policies" />;
  if (policies.every(({ removedAt }) => removedAt !== null))
    return (
      <EmptyState titleText="No policies yet" icon={CubesIcon} headingLevel="h3" variant="sm">
        <EmptyStateBody>
          Policies appear here once something tells the hub of the fleet: <code>hilum up</code> on one machine, or Open
          Cluster Management by <code>HILUM_HUB_FLEET=ocm</code>.
        </EmptyStateBody>
      </EmptyState>
    );
  const shown = policiesShown(policies, { search, state });
  return (
    <>
      <ComplianceFilters
        label="Search policies by name, title, standard, control or set"
        placeholder="Name, standard or control"
        {...{ search, state, onChange: onFilter }}
      />
      {shown.length === 0 ? (
        <EmptyState titleText="No policy fits" icon={SearchIcon} headingLevel="h3" variant="sm">
          <EmptyStateBody>None of {formatCount(policies.length)} policies is like this.</EmptyStateBody>
        </EmptyState>
      ) : (
        <div className="hilum-scroll" role="region" aria-label="Policies, scrollable" tabIndex={0}>
          <Table aria-label="Policies" variant="compact" gridBreakPoint="grid-lg" className="hilum-table">
            <Thead>
              <Tr>
                <Th>Policy</Th>
                <Th>Severity</Th>
                <Th>Sites</Th>
                <Th modifier="wrap">Median time to fix</Th>
                <Th>Controls</Th>
              </Tr>
            </Thead>
            <Tbody>
              {shown.map((policy) => (
                <PolicyLine key={policy.name} policy={policy} />
              ))}
            </Tbody>
          </Table>
        </div>
      )}
    </>
  );
}
