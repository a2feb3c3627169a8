import { Button } from '@patternfly/react-core/dist/dynamic/components/Button';
import { EmptyState, EmptyStateBody } from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/dynamic/components/FormSelect';
import { Skeleton } from '@patternfly/react-core/dist/dynamic/components/Skeleton';
import { TextInput } from '@patternfly/react-core/dist/dynamic/components/TextInput';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import SyncAltIcon from '@patternfly/react-icons/dist/esm/icons/sync-alt-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { ReactElement } from 'react';
import { formatCount, formatTime } from '../format';
import type { AuditEntry } from './compliance-types';
import type { AuditFilters } from './compliance-view';

const ROLES = ['hospital-it', 'data-science', 'compliance', 'staff'];

/** Actions that there are entries of, and the one that is filtered by. */
function actionsOf(entries: readonly AuditEntry[], chosen: string | null): string[] {
  return [...new Set([...entries.map(({ action }) => action), ...(chosen === null ? [] : [chosen])])].sort();
}

export function AuditFilterBar(props: {
  filters: AuditFilters;
  entries: readonly AuditEntry[];
  sites: readonly string[];
  onChange: (filters: AuditFilters) => void;
  onRefresh: () => void;
}): ReactElement {
  const { filters, entries, sites, onChange, onRefresh } = props;
  const choose = (name: string, key: keyof AuditFilters, any: string, values: readonly string[]): ReactElement => (
    <FormSelect
      aria-label={name}
      value={filters[key] ?? ''}
      onChange={(_event, value) => onChange({ ...filters, [key]: value === '' ? null : value })}
    >
      <FormSelectOption value="" label={any} />
      {values.map((value) => (
        <FormSelectOption key={value} value={value} label={value} />
      ))}
    </FormSelect>
  );
  const day = (name: string, key: 'from' | 'to'): ReactElement => (
    <label className="hilum-day">
      {name}
      <TextInput
        type="date"
        aria-label={name}
        value={filters[key] ?? ''}
        onChange={(_event, value) => onChange({ ...filters, [key]: value === '' ? null : value })}
      />
    </label>
  );
  return (
    <div className="hilum-filters" role="group" aria-label="Filters">
      {choose('Where', 'source', 'Hub and sites', ['hub', 'site'])}
      {choose('Site', 'site', 'Any site', sites)}
      {choose('Role', 'role', 'Any role', ROLES)}
      {choose('Action', 'action', 'Any action', actionsOf(entries, filters.action))}
      {day('From', 'from')}
      {day('To', 'to')}
      <Button variant="secondary" icon={<SyncAltIcon />} onClick={onRefresh}>
        Read again
      </Button>
    </div>
  );
}

/** Who saw or changed what, newest first. */
export function AuditList(props: { entries: readonly AuditEntry[] | null; hasMore: boolean }): ReactElement {
  const { entries, hasMore } = props;
  if (entries === null) return <Skeleton height="12rem" screenreaderText="Loading the audit" />;
  if (entries.length === 0)
    return (
      <EmptyState titleText="No entry fits" icon={SearchIcon} headingLevel="h3" variant="sm">
        <EmptyStateBody>Nothing like this is in the audit.</EmptyStateBody>
      </EmptyState>
    );
  return (
    <>
      <div className="hilum-scroll" role="region" aria-label="Audit, scrollable" tabIndex={0}>
        <Table aria-label="Audit" variant="compact" gridBreakPoint="grid-lg" className="hilum-table">
          <Thead>
            <Tr>
              <Th>Time</Th>
              <Th>Where</Th>
              <Th>Action</Th>
              <Th>Role</Th>
              <Th>Who</Th>
              <Th>What</Th>
            </Tr>
          </Thead>
          <Tbody>
            {entries.map(({ id, at, source, site, action, actorRole, actorPseudonym, subjectPseudonym, query }) => (
              <Tr key={id}>
                <Td dataLabel="Time" modifier="nowrap">
                  <time dateTime={at}>{formatTime(at)}</time>
                </Td>
                <Td dataLabel="Where">{source === 'hub' ? 'Hub' : site}</Td>
                <Td dataLabel="Action">
                  <code>{action}</code>
                </Td>
                <Td dataLabel="Role">{actorRole ?? 'unknown'}</Td>
                <Td dataLabel="Who">
                  {actorPseudonym === null ? '–' : <code title={actorPseudonym}>{actorPseudonym.slice(0, 12)}</code>}
                </Td>
                <Td dataLabel="What" className="hilum-message">
                  {subjectPseudonym !== null && (
                    <>
                      study <code title={subjectPseudonym}>{subjectPseudonym.slice(0, 12)}</code>
                    </>
                  )}
                  {Object.entries(query ?? {})
                    .map(([name, value]) => `${name}=${value}`)
                    .join(', ')}
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      </div>
      {hasMore && (
        <p className="hilum-note">
          The newest {formatCount(entries.length)} are shown; narrow the filters to see others, or read them all by{' '}
          <code>/api/v1/audit</code>.
        </p>
      )}
    </>
  );
}
