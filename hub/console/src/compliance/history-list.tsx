import { EmptyState, EmptyStateBody } from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import { Skeleton } from '@patternfly/react-core/dist/dynamic/components/Skeleton';
import HistoryIcon from '@patternfly/react-icons/dist/esm/icons/history-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { ReactElement } from 'react';
import { formatDuration, formatTime } from '../format';
import { Link } from '../link';
import { ComplianceLabel } from './compliance-labels';
import type { PolicyTransition } from './compliance-types';
import { addressOf } from './compliance-view';
import { MoreRows } from './more-rows';

/**
 * How long each state lasted that a transition began; null for the last of its policy and site, which goes on, and where
 * only the message changed. By id.
 */
export function lastedSeconds(newestFirst: readonly PolicyTransition[]): Map<string, number | null> {
  const nextAt = new Map<string, string>();
  const lasted = new Map<string, number | null>();
  for (const { id, policy, site, from, to, at } of newestFirst) {
    const place = `${policy}\n${site}`;
    const next = nextAt.get(place);
    const isChange = from !== to;
    lasted.set(id, !isChange || next === undefined ? null : (Date.parse(next) - Date.parse(at)) / 1000);
    if (isChange) nextAt.set(place, at);
  }
  return lasted;
}

/** What became of states, newest first. @param by what each row is of, since the page is of the other */
export function HistoryList(props: {
  history: readonly PolicyTransition[] | null;
  by: 'policy' | 'site';
  titles?: ReadonlyMap<string, string>;
}): ReactElement {
  const { history, by, titles } = props;
  if (history === null) return <Skeleton height="8rem" screenreaderText="Loading the history" />;
  if (history.length === 0)
    return (
      <EmptyState titleText="No history" icon={HistoryIcon} headingLevel="h3" variant="sm">
        <EmptyStateBody>Nothing was told of this yet.</EmptyStateBody>
      </EmptyState>
    );
  const lasted = lastedSeconds(history);
  return (
    <MoreRows rows={history} of="events">
      {(rows) => (
        <div className="hilum-scroll" role="region" aria-label="History, scrollable" tabIndex={0}>
          <Table aria-label="History" variant="compact" gridBreakPoint="grid-lg" className="hilum-table">
            <Thead>
              <Tr>
                <Th>Time</Th>
                <Th>{by === 'site' ? 'Site' : 'Policy'}</Th>
                <Th>Became</Th>
                <Th>Lasted</Th>
                <Th>Message</Th>
              </Tr>
            </Thead>
            <Tbody>
              {rows.map(({ id, policy, site, template, to, at, message }) => {
                const seconds = lasted.get(id) ?? null;
                return (
                  <Tr key={id}>
                    <Td dataLabel="Time" modifier="nowrap">
                      <time dateTime={at}>{formatTime(at)}</time>
                    </Td>
                    <Td dataLabel={by === 'site' ? 'Site' : 'Policy'}>
                      {by === 'site' ? (
                        <Link to={addressOf({ kind: 'site', site })}>{site}</Link>
                      ) : (
                        <Link to={addressOf({ kind: 'policy', policy, search: '', state: null })}>
                          {titles?.get(policy) ?? policy}
                        </Link>
                      )}
                    </Td>
                    <Td dataLabel="Became">
                      {to === null ? (
                        'No longer applies'
                      ) : (
                        <span className="hilum-labels">
                          <ComplianceLabel state={to} />
                        </span>
                      )}
                    </Td>
                    <Td dataLabel="Lasted" modifier="nowrap">
                      {seconds === null ? '–' : formatDuration(seconds)}
                    </Td>
                    <Td dataLabel="Message" className="hilum-message">
                      {message}
                      {template !== null && <div className="hilum-note">{template}</div>}
                    </Td>
                  </Tr>
                );
              })}
            </Tbody>
          </Table>
        </div>
      )}
    </MoreRows>
  );
}
