import { EmptyState, EmptyStateBody } from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import { ExpandableSection } from '@patternfly/react-core/dist/dynamic/components/ExpandableSection';
import { Label } from '@patternfly/react-core/dist/dynamic/components/Label';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import ExclamationCircleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import InfoCircleIcon from '@patternfly/react-icons/dist/esm/icons/info-circle-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { ReactElement } from 'react';
import { formatAge, formatCount, formatTime } from '../format';
import { Panel } from '../panel';
import type { PrivacyBoundary } from './compliance-types';

/** What may leave a site, what was refused, and where a person has to look. */
export function PrivacyPanels({ boundary, now }: { boundary: PrivacyBoundary; now: number }): ReactElement {
  const { topics, quarantine, alarms } = boundary;
  return (
    <>
      <Panel title="What may leave a hospital">
        <p>
          These {topics.length} topics and nothing else: the mirror sends no other, the hub’s broker takes no other, and
          both ends refuse an event with any other field. There is no name, no birth date and no object key among them.
        </p>
        {topics.map(({ topic, eventType, fields }) => (
          <ExpandableSection key={topic} toggleText={`${topic}: ${formatCount(fields.length)} fields`} isIndented>
            <p className="hilum-note">
              <code>{eventType}</code>
            </p>
            <ul className="hilum-fields" aria-label={`Fields of ${topic}`}>
              {fields.map((field) => (
                <li key={field}>
                  <code>{field}</code>
                </li>
              ))}
            </ul>
          </ExpandableSection>
        ))}
      </Panel>
      <Panel title="Identity alarms">
        {alarms.length === 0 ? (
          <EmptyState titleText="No open alarm" icon={CheckCircleIcon} headingLevel="h3" variant="xs">
            <EmptyStateBody>
              The hub has refused nothing that may hold an identity, or somebody has looked into each.
            </EmptyStateBody>
          </EmptyState>
        ) : (
          <ul className="hilum-plain" aria-label="Open identity alarms">
            {alarms.map(({ id, site, since, detail }) => (
              <li key={id}>
                <Label color="red" icon={<ExclamationCircleIcon />} isCompact>
                  {site}
                </Label>{' '}
                {detail}; since <time dateTime={since}>{formatTime(since)}</time>, for {formatAge(since, now)}
              </li>
            ))}
          </ul>
        )}
      </Panel>
      <Panel title="Refused events">
        {quarantine.length === 0 ? (
          <EmptyState titleText="Nothing was refused" icon={CheckCircleIcon} headingLevel="h3" variant="xs">
            <EmptyStateBody>Every event that came was of the closed schemas.</EmptyStateBody>
          </EmptyState>
        ) : (
          <div className="hilum-scroll" role="region" aria-label="Refused events, scrollable" tabIndex={0}>
            <Table aria-label="Refused events" variant="compact" gridBreakPoint="grid-lg" className="hilum-table">
              <Thead>
                <Tr>
                  <Th>Site</Th>
                  <Th>Reason</Th>
                  <Th>Identity</Th>
                  <Th className="hilum-number">Events</Th>
                  <Th>First</Th>
                  <Th>Last</Th>
                </Tr>
              </Thead>
              <Tbody>
                {quarantine.map(({ site, code, mayBeIdentity, total, firstAt, lastAt }) => (
                  <Tr key={`${site} ${code} ${mayBeIdentity}`}>
                    <Th scope="row" dataLabel="Site">
                      {site}
                    </Th>
                    <Td dataLabel="Reason">
                      <code>{code}</code>
                    </Td>
                    <Td dataLabel="Identity">
                      {mayBeIdentity ? (
                        <Label color="red" icon={<ExclamationCircleIcon />} isCompact>
                          Possible
                        </Label>
                      ) : (
                        <Label color="grey" icon={<InfoCircleIcon />} isCompact>
                          Ruled out
                        </Label>
                      )}
                    </Td>
                    <Td dataLabel="Events" className="hilum-number">
                      {formatCount(total)}
                    </Td>
                    <Td dataLabel="First" modifier="nowrap">
                      <time dateTime={firstAt}>{formatTime(firstAt)}</time>
                    </Td>
                    <Td dataLabel="Last" modifier="nowrap">
                      <time dateTime={lastAt}>{formatTime(lastAt)}</time>
                    </Td>
                  </Tr>
                ))}
              </Tbody>
            </Table>
          </div>
        )}
      </Panel>
    </>
  );
}
