import { Button } from '@patternfly/react-core/dist/dynamic/components/Button';
import { EmptyState, EmptyStateBody } from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/dynamic/components/FormSelect';
import { Skeleton } from '@patternfly/react-core/dist/dynamic/components/Skeleton';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { memo, useMemo, type ReactElement } from 'react';
import { DECISIONS, type Decision, type Result, type Role } from './api-types';
import { ExportLinks } from './export-links';
import { formatLatency, formatProbability } from './format';
import { DECISION_LOOK, DecisionLabel } from './labels';
import { Link } from './link';
import { Moment } from './moment';
import { siteAddressOf } from './site-view';
import type { ResultFilters } from './result-filters';

const NO_FILTERS: ResultFilters = { site: null, decision: null };

function Filters(props: {
  role: Role;
  sites: readonly string[];
  filters: ResultFilters;
  onChange: (filters: ResultFilters) => void;
}): ReactElement {
  const { role, sites, filters, onChange } = props;
  const options = useMemo(
    () => (filters.site === null || sites.includes(filters.site) ? sites : [filters.site, ...sites]),
    [filters.site, sites],
  );
  return (
    <div className="hilum-filters" role="group" aria-label="Filters">
      <FormSelect
        aria-label="Filter results by site"
        value={filters.site ?? ''}
        onChange={(_event, value) => onChange({ ...filters, site: value === '' ? null : value })}
      >
        <FormSelectOption value="" label="All sites" />
        <SiteOptions names={options} />
      </FormSelect>
      <FormSelect
        aria-label="Filter results by decision"
        value={filters.decision ?? ''}
        onChange={(_event, value) => onChange({ ...filters, decision: value === '' ? null : (value as Decision) })}
      >
        <FormSelectOption value="" label="All decisions" />
        {DECISIONS.map((decision) => (
          <FormSelectOption key={decision} value={decision} label={DECISION_LOOK[decision].text} />
        ))}
      </FormSelect>
      {(filters.site !== null || filters.decision !== null) && (
        <Button variant="link" onClick={() => onChange(NO_FILTERS)}>
          Clear filters
        </Button>
      )}
      <ExportLinks role={role} filters={filters} />
    </div>
  );
}

/** A thousand of them need not be made again for each result. */
const SiteOptions = memo(function SiteOptions({ names }: { names: readonly string[] }) {
  return names.map((site) => <FormSelectOption key={site} value={site} label={site} />);
});

const ResultLine = memo(function ResultLine({ result }: { result: Result }) {
  return (
    <Tr>
      <Td dataLabel="Scored" modifier="nowrap">
        <Moment at={result.scoredAt} />
      </Td>
      <Td dataLabel="Site">
        <Link to={siteAddressOf(result.site)}>{result.site}</Link>
      </Td>
      <Td dataLabel="Decision">
        <DecisionLabel decision={result.decision} />
      </Td>
      <Td dataLabel="Probability" className="hilum-number">
        {formatProbability(result.probability)}
      </Td>
      <Td dataLabel="Reason">{result.reason ?? '–'}</Td>
      <Td dataLabel="Priority">{result.priority}</Td>
      <Td dataLabel="Upload to scored" className="hilum-number" modifier="nowrap">
        {formatLatency(Date.parse(result.scoredAt) - Date.parse(result.uploadedAt))}
      </Td>
      <Td dataLabel="Model">{result.model.version}</Td>
      <Td dataLabel="Study">
        <code title={result.studyPseudonym}>{result.studyPseudonym.slice(0, 8)}</code>
      </Td>
    </Tr>
  );
});

export function ResultsTable(props: {
  role: Role;
  results: readonly Result[] | null;
  sites: readonly string[];
  filters: ResultFilters;
  onFilters: (filters: ResultFilters) => void;
}): ReactElement {
  const { role, results, sites, filters, onFilters } = props;
  return (
    <>
      <Filters role={role} sites={sites} filters={filters} onChange={onFilters} />
      {results === null && <Skeleton height="12rem" screenreaderText="Loading results" />}
      {results?.length === 0 && (
        <EmptyState titleText="No results" icon={SearchIcon} headingLevel="h3" variant="sm">
          <EmptyStateBody>
            Results appear here as sites score images. No recorded one fits these filters.
          </EmptyStateBody>
        </EmptyState>
      )}
      {results !== null && results.length > 0 && (
        <div className="hilum-scroll hilum-tall" role="region" aria-label="Results, scrollable" tabIndex={0}>
          <Table
            aria-label="Live results"
            variant="compact"
            gridBreakPoint="grid-md"
            className="hilum-table"
            isStickyHeader
          >
            <Thead>
              <Tr>
                <Th modifier="wrap">Scored</Th>
                <Th modifier="wrap">Site</Th>
                <Th modifier="wrap">Decision</Th>
                <Th className="hilum-number" modifier="wrap">
                  Probability
                </Th>
                <Th modifier="wrap">Reason</Th>
                <Th modifier="wrap">Priority</Th>
                <Th className="hilum-number" modifier="wrap">
                  Upload to scored
                </Th>
                <Th modifier="wrap">Model</Th>
                <Th modifier="wrap">Study</Th>
              </Tr>
            </Thead>
            <Tbody>
              {results.map((result) => (
                <ResultLine key={result.id} result={result} />
              ))}
            </Tbody>
          </Table>
        </div>
      )}
    </>
  );
}
