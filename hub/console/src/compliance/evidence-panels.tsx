import { Alert } from '@patternfly/react-core/dist/dynamic/components/Alert';
import { Button } from '@patternfly/react-core/dist/dynamic/components/Button';
import { EmptyState, EmptyStateBody } from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import { Label } from '@patternfly/react-core/dist/dynamic/components/Label';
import { TextInput } from '@patternfly/react-core/dist/dynamic/components/TextInput';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import DownloadIcon from '@patternfly/react-icons/dist/esm/icons/download-icon';
import ExclamationCircleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import QuestionCircleIcon from '@patternfly/react-icons/dist/esm/icons/question-circle-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { ReactElement } from 'react';
import { formatCount, formatTime } from '../format';
import { Panel } from '../panel';
import type { AuditAnchors } from './compliance-types';
import { evidenceAddress, evidenceProblem, type EvidencePeriod } from './evidence-period';

const STATE_LOOK = {
  intact: { text: 'Intact', colour: 'green', icon: CheckCircleIcon },
  broken: { text: 'Broken', colour: 'red', icon: ExclamationCircleIcon },
  unchecked: { text: 'Not checked yet', colour: 'purple', icon: QuestionCircleIcon },
} as const;

/** A period, and the pack of it to download. */
export function EvidencePanel(props: {
  period: EvidencePeriod;
  now: number;
  onPeriod: (period: EvidencePeriod) => void;
}): ReactElement {
  const { period, now, onPeriod } = props;
  const problem = evidenceProblem(period, now);
  const day = (name: string, key: keyof EvidencePeriod): ReactElement => (
    <label className="hilum-day">
      {name}
      <TextInput
        type="date"
        aria-label={name}
        value={period[key]}
        validated={problem === null ? 'default' : 'error'}
        onChange={(_event, value) => onPeriod({ ...period, [key]: value })}
      />
    </label>
  );
  return (
    <Panel title="Evidence of a period">
      <p>
        One signed ZIP: which technical safeguard was shown by what, how every policy stood and what became of it, who
        may read and who read what, the audit with its anchors, and what nothing checks. Making it is an entry of the
        audit.
      </p>
      <div className="hilum-filters" role="group" aria-label="Period">
        {day('From', 'from')}
        {day('To', 'to')}
        {problem === null ? (
          <Button component="a" variant="primary" icon={<DownloadIcon />} href={evidenceAddress(period, now)}>
            Download evidence
          </Button>
        ) : (
          <Button isDisabled icon={<DownloadIcon />}>
            Download evidence
          </Button>
        )}
      </div>
      {problem !== null && <Alert variant="warning" isInline isPlain title={problem} />}
    </Panel>
  );
}

/** Whether the audit is what it was, and until where that is signed. */
export function AnchorPanels({ audit }: { audit: AuditAnchors }): ReactElement {
  const { chain, items } = audit;
  const { text, colour, icon: Icon } = STATE_LOOK[chain.state];
  return (
    <>
      <Panel title="State of the audit">
        {chain.problem !== null && (
          <Alert variant="danger" isInline title="The audit is not what it was">
            {chain.problem.detail}
          </Alert>
        )}
        <dl className="hilum-facts">
          <dt>Chain</dt>
          <dd>
            <Label color={colour} icon={<Icon />} isCompact>
              {text}
            </Label>
            {chain.checkedAt !== null && <> looked at {formatTime(chain.checkedAt)}</>}
          </dd>
          <dt>Entries</dt>
          <dd>
            {formatCount(chain.position)} chained, {formatCount(chain.waiting)} waiting
          </dd>
          <dt>Anchored</dt>
          <dd>
            {chain.lastAnchorAt === null
              ? 'not yet'
              : `up to entry ${formatCount(chain.anchoredTo)}, ${formatTime(chain.lastAnchorAt)}`}
          </dd>
        </dl>
      </Panel>
      <Panel title="Anchors">
        {items.length === 0 ? (
          <EmptyState titleText="No anchor yet" headingLevel="h3" variant="xs">
            <EmptyStateBody>The hub signs where the audit ends once a day and puts that into its store.</EmptyStateBody>
          </EmptyState>
        ) : (
          <div className="hilum-scroll" role="region" aria-label="Anchors, scrollable" tabIndex={0}>
            <Table aria-label="Anchors" variant="compact" gridBreakPoint="grid-lg" className="hilum-table">
              <Thead>
                <Tr>
                  <Th className="hilum-number">Number</Th>
                  <Th>Time</Th>
                  <Th>Entries</Th>
                  <Th>Hash of the last</Th>
                  <Th>Key</Th>
                  <Th>Loss</Th>
                </Tr>
              </Thead>
              <Tbody>
                {items.map(({ number, at, first, position, hash, keyId, loss }) => (
                  <Tr key={number}>
                    <Th scope="row" dataLabel="Number" className="hilum-number">
                      {formatCount(number)}
                    </Th>
                    <Td dataLabel="Time" modifier="nowrap">
                      <time dateTime={at}>{formatTime(at)}</time>
                    </Td>
                    <Td dataLabel="Entries">
                      {formatCount(first)} to {formatCount(position)}
                    </Td>
                    <Td dataLabel="Hash of the last">
                      <code title={hash}>{hash.slice(0, 12)}</code>
                    </Td>
                    <Td dataLabel="Key">
                      <code title={keyId}>{keyId.slice(0, 12)}</code>
                    </Td>
                    <Td dataLabel="Loss" className="hilum-message">
                      {loss === null ? 'none' : loss.why}
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
