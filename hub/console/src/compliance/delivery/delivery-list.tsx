import { EmptyState, EmptyStateBody } from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/dynamic/components/FormSelect';
import { Label } from '@patternfly/react-core/dist/dynamic/components/Label';
import { SearchInput } from '@patternfly/react-core/dist/dynamic/components/SearchInput';
import { Skeleton } from '@patternfly/react-core/dist/dynamic/components/Skeleton';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import CubesIcon from '@patternfly/react-icons/dist/esm/icons/cubes-icon';
import ExclamationCircleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import HourglassHalfIcon from '@patternfly/react-icons/dist/esm/icons/hourglass-half-icon';
import QuestionCircleIcon from '@patternfly/react-icons/dist/esm/icons/question-circle-icon';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { ReactElement } from 'react';
import { formatAge, formatCount, formatTime } from '../../format';
import { Link } from '../../link';
import { MoreRows } from '../more-rows';
import {
  deliveriesShown,
  DELIVERY_KINDS,
  DELIVERY_STATES,
  KIND_WORDS,
  type Delivery,
  type DeliveryFilter,
  type DeliveryState,
} from './delivery-view';

/** Each state has a shape and a word of its own; colour only repeats them. */
const LOOK = {
  amiss: { text: 'Amiss', colour: 'red', icon: ExclamationCircleIcon },
  unknown: { text: 'Unknown', colour: 'purple', icon: QuestionCircleIcon },
  'under-way': { text: 'Under way', colour: 'blue', icon: HourglassHalfIcon },
  'in-step': { text: 'In step', colour: 'green', icon: CheckCircleIcon },
} as const satisfies Record<DeliveryState, unknown>;

/** Applications, works and placements with how they stand, those first that need looking at. */
export function DeliveryList(props: {
  rows: readonly Delivery[] | null;
  filter: DeliveryFilter;
  now: number;
  onFilter: (filter: DeliveryFilter) => void;
}): ReactElement {
  const { rows, filter, now, onFilter } = props;
  if (rows === null) return <Skeleton height="12rem" screenreaderText="Loading what is delivered" />;
  if (rows.length === 0)
    return (
      <EmptyState titleText="Nothing is delivered" icon={CubesIcon} headingLevel="h3" variant="sm">
        <EmptyStateBody>
          Applications, works and placements appear here once Open Cluster Management tells the hub of them (
          <code>HILUM_HUB_FLEET=ocm</code>).
        </EmptyStateBody>
      </EmptyState>
    );
  const shown = deliveriesShown(rows, filter);
  return (
    <>
      <div className="hilum-filters" role="group" aria-label="Filters">
        <SearchInput
          aria-label="Search by name, site or message"
          placeholder="Name, site or message"
          value={filter.search}
          onChange={(_event, search) => onFilter({ ...filter, search })}
          onClear={() => onFilter({ ...filter, search: '' })}
        />
        <FormSelect
          aria-label="Kind"
          value={filter.kind ?? ''}
          onChange={(_event, value) =>
            onFilter({ ...filter, kind: DELIVERY_KINDS.find((known) => known === value) ?? null })
          }
        >
          <FormSelectOption value="" label="Any kind" />
          {DELIVERY_KINDS.map((kind) => (
            <FormSelectOption key={kind} value={kind} label={KIND_WORDS[kind]} />
          ))}
        </FormSelect>
        <FormSelect
          aria-label="State"
          value={filter.state ?? ''}
          onChange={(_event, value) =>
            onFilter({ ...filter, state: DELIVERY_STATES.find((known) => known === value) ?? null })
          }
        >
          <FormSelectOption value="" label="Any state" />
          {DELIVERY_STATES.map((state) => (
            <FormSelectOption key={state} value={state} label={LOOK[state].text} />
          ))}
        </FormSelect>
      </div>
      {shown.length === 0 ? (
        <EmptyState titleText="Nothing fits" icon={SearchIcon} headingLevel="h3" variant="sm">
          <EmptyStateBody>None of {formatCount(rows.length)} is like this.</EmptyStateBody>
        </EmptyState>
      ) : (
        <MoreRows rows={shown} of="objects">
          {(some) => (
            <div className="hilum-scroll" role="region" aria-label="Delivery, scrollable" tabIndex={0}>
              <Table aria-label="Delivery" variant="compact" gridBreakPoint="grid-lg" className="hilum-table">
                <Thead>
                  <Tr>
                    <Th>Name</Th>
                    <Th>Kind</Th>
                    <Th>Site</Th>
                    <Th>State</Th>
                    <Th>What the platform says</Th>
                    <Th>Last told</Th>
                  </Tr>
                </Thead>
                <Tbody>
                  {some.map((row) => (
                    <DeliveryLine key={row.key} row={row} now={now} />
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

function DeliveryLine({ row, now }: { row: Delivery; now: number }): ReactElement {
  const { kind, namespace, name, site, state, told, message, observedAt } = row;
  const { text, colour, icon: Icon } = LOOK[state];
  return (
    <Tr>
      <Th scope="row" dataLabel="Name">
        {name}
        {namespace !== '' && (
          <div className="hilum-note">
            <code>{namespace}</code>
          </div>
        )}
      </Th>
      <Td dataLabel="Kind">{KIND_WORDS[kind]}</Td>
      <Td dataLabel="Site">{site === null ? '–' : <Link to={`/sites/${site}`}>{site}</Link>}</Td>
      <Td dataLabel="State">
        <span className="hilum-labels">
          <Label color={colour} icon={<Icon />} isCompact>
            {text}
          </Label>
        </span>
      </Td>
      <Td dataLabel="What the platform says">
        <div>
          {told}
          {message !== '' && <div className="hilum-note">{message}</div>}
        </div>
      </Td>
      <Td dataLabel="Last told" modifier="nowrap">
        <span title={formatTime(observedAt)}>{formatAge(observedAt, now)} ago</span>
      </Td>
    </Tr>
  );
}
