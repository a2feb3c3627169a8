import { EmptyState, EmptyStateBody } from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import { SearchInput } from '@patternfly/react-core/dist/dynamic/components/SearchInput';
import { Skeleton } from '@patternfly/react-core/dist/dynamic/components/Skeleton';
import CubesIcon from '@patternfly/react-icons/dist/esm/icons/cubes-icon';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { ReactElement } from 'react';
import { DECISIONS } from '../api-types';
import { formatCount } from '../format';
import { DECISION_LOOK } from '../labels';
import { Link } from '../link';
import { Moment } from '../moment';
import type { ModelVolume } from './model-types';
import { addressOf, matching } from './model-view';
import { formatShare } from './model-words';

const REFERENCE_TEXT: Record<ModelVolume['reference'], string> = {
  quantiles: 'Whole',
  histogram: 'Probabilities only',
  none: 'No reference',
};

function ModelLine({ volume }: { volume: ModelVolume }): ReactElement {
  const { model, total, byDecision, sites, firstSeenAt, lastSeenAt, reference } = volume;
  return (
    <Tr>
      <Th scope="row" dataLabel="Model">
        <Link to={addressOf({ kind: 'model', digest: model.digest, site: null, period: '7d' })}>
          {model.name} {model.version}
        </Link>
        <div className="hilum-note">
          <code title={model.digest}>{model.digest.slice(7, 19)}</code>
        </div>
      </Th>
      <Td dataLabel="Results" className="hilum-number">
        {formatCount(total)}
      </Td>
      {DECISIONS.map((decision) => (
        <Td key={decision} dataLabel={DECISION_LOOK[decision].text} className="hilum-number" modifier="nowrap">
          {formatShare(total === 0 ? null : byDecision[decision] / total)}
        </Td>
      ))}
      <Td dataLabel="Sites">
        {sites.length <= 3 ? sites.map(({ site }) => site).join(', ') : `${sites.length} sites`}
      </Td>
      <Td dataLabel="First seen" modifier="nowrap">
        <Moment at={firstSeenAt} />
      </Td>
      <Td dataLabel="Last seen" modifier="nowrap">
        <Moment at={lastSeenAt} />
      </Td>
      <Td dataLabel="Reference">{REFERENCE_TEXT[reference]}</Td>
    </Tr>
  );
}

/** Every model that ever scored at a site. */
export function ModelsList(props: {
  models: readonly ModelVolume[] | null;
  search: string;
  onSearch: (search: string) => void;
}): ReactElement {
  const { models, search, onSearch } = props;
  if (models === null) return <Skeleton height="8rem" screenreaderText="Loading models" />;
  if (models.length === 0)
    return (
      <EmptyState titleText="No models yet" icon={CubesIcon} headingLevel="h3" variant="sm">
        <EmptyStateBody>A model appears here once the hub has recorded a result of it.</EmptyStateBody>
      </EmptyState>
    );
  const shown = matching(models, search);
  return (
    <>
      <div className="hilum-filters">
        <SearchInput
          aria-label="Search models by name, version, digest or site"
          placeholder="Name, version, digest or site"
          value={search}
          onChange={(_event, value) => onSearch(value)}
          onClear={() => onSearch('')}
        />
      </div>
      {shown.length === 0 ? (
        <EmptyState titleText="No model fits" icon={SearchIcon} headingLevel="h3" variant="sm">
          <EmptyStateBody>
            None of {formatCount(models.length)} models has this in its name, version, digest or sites.
          </EmptyStateBody>
        </EmptyState>
      ) : (
        <div className="hilum-scroll" role="region" aria-label="Models, scrollable" tabIndex={0}>
          <Table aria-label="Models" variant="compact" gridBreakPoint="grid-lg" className="hilum-table">
            <Thead>
              <Tr>
                <Th>Model</Th>
                <Th className="hilum-number">Results</Th>
                {DECISIONS.map((decision) => (
                  <Th key={decision} className="hilum-number" modifier="wrap">
                    {DECISION_LOOK[decision].text}
                  </Th>
                ))}
                <Th>Sites</Th>
                <Th>First seen</Th>
                <Th>Last seen</Th>
                <Th modifier="wrap">Reference</Th>
              </Tr>
            </Thead>
            <Tbody>
              {shown.map((volume) => (
                <ModelLine key={volume.model.digest} volume={volume} />
              ))}
            </Tbody>
          </Table>
        </div>
      )}
    </>
  );
}
