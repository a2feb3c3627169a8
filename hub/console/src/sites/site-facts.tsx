import {
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
} from '@patternfly/react-core/dist/dynamic/components/DescriptionList';
import type { ReactElement, ReactNode } from 'react';
import { DECISIONS, type SiteDetail } from '../api-types';
import { formatCount, formatDuration, formatLatency } from '../format';
import { DECISION_LOOK } from '../labels';
import { Age } from '../moment';
import { rangesText } from './site-words';

function Fact({ term, children }: { term: string; children: ReactNode }): ReactElement {
  return (
    <DescriptionListGroup>
      <DescriptionListTerm>{term}</DescriptionListTerm>
      <DescriptionListDescription>{children}</DescriptionListDescription>
    </DescriptionListGroup>
  );
}

/** What the hub knows of a site by its events, and what its latest heartbeat told. */
export function SiteFacts({ detail }: { detail: SiteDetail }): ReactElement {
  const { status, counts, model, missing, missingRanges, mirrorLagSeconds, oldestUnscoredAgeSeconds } = detail;
  return (
    <DescriptionList isHorizontal isCompact columnModifier={{ default: '1Col' }}>
      <Fact term="Heartbeat">
        {detail.lastHeartbeatAt === null ? 'never' : <Age at={detail.lastHeartbeatAt} after=" ago" />}
        {mirrorLagSeconds !== null && `, on its way for ${formatLatency(mirrorLagSeconds * 1000)}`}
      </Fact>
      <Fact term="Anything arrived">
        {detail.lastReceivedAt === null ? 'never' : <Age at={detail.lastReceivedAt} after=" ago" />}
      </Fact>
      <Fact term="Components">
        {status === null
          ? '–'
          : Object.entries(status)
              .map(([component, state]) => `${component} ${state}`)
              .join(', ')}
      </Fact>
      <Fact term="Backlog">
        {formatCount(detail.backlog)}
        {oldestUnscoredAgeSeconds !== null &&
          (detail.backlog ?? 0) > 0 &&
          `, the oldest waits ${formatDuration(oldestUnscoredAgeSeconds)}`}
      </Fact>
      <Fact term="Missing events">
        {missing === 0 ? '0' : `${formatCount(missing)}: ${rangesText(missingRanges, missing)}`}
      </Fact>
      <Fact term="Dead letters">{formatCount(detail.deadLetters)}</Fact>
      <Fact term="Waiting to be sent">{formatCount(detail.outboxPending)}</Fact>
      <Fact term="Results ever">
        {formatCount(counts.total)}
        {counts.total > 0 &&
          ` (${DECISIONS.map(
            (decision) => `${DECISION_LOOK[decision].text.toLowerCase()} ${formatCount(counts.byDecision[decision])}`,
          ).join(', ')})`}
      </Fact>
      <Fact term="Model">
        {model === null ? (
          '–'
        ) : (
          <>
            {model.name} {model.version} <code title={model.digest}>{model.digest.slice(7, 19)}</code>
          </>
        )}
      </Fact>
      <Fact term="Application">{detail.appVersion ?? '–'}</Fact>
      <Fact term="First seen">
        <Age at={detail.firstSeenAt} after=" ago" />
      </Fact>
    </DescriptionList>
  );
}
