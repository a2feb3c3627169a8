import { EmptyState } from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import { Label } from '@patternfly/react-core/dist/dynamic/components/Label';
import { Skeleton } from '@patternfly/react-core/dist/dynamic/components/Skeleton';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import CubeIcon from '@patternfly/react-icons/dist/esm/icons/cube-icon';
import PlusCircleIcon from '@patternfly/react-icons/dist/esm/icons/plus-circle-icon';
import SyncAltIcon from '@patternfly/react-icons/dist/esm/icons/sync-alt-icon';
import { memo, type ReactElement } from 'react';
import type { TimelineEntry } from './api-types';
import { ALARM_TEXT, SeverityLabel, STATE_LOOK, StateLabel } from './labels';
import { Link } from './link';
import { Age, Moment } from './moment';
import { siteAddressOf } from './site-view';

/** What happened, in a sentence. */
export function entryText(entry: TimelineEntry): string {
  switch (entry.kind) {
    case 'first-seen':
      return 'Seen for the first time';
    case 'state': {
      const { from, to } = entry.detail;
      const { text, meaning } = STATE_LOOK[to];
      return from === null ? `${text}: ${meaning}` : `${STATE_LOOK[from].text} → ${text}: ${meaning}`;
    }
    case 'alarm-opened':
      return entry.detail.kind === 'sequences-missing'
        ? `Gap found: ${entry.detail.detail}`
        : `${ALARM_TEXT[entry.detail.kind]}: ${entry.detail.detail}`;
    case 'alarm-closed':
      return entry.detail.kind === 'sequences-missing'
        ? 'Gap filled: all events are here'
        : `Over: ${ALARM_TEXT[entry.detail.kind].toLowerCase()}`;
    case 'model': {
      const { from, to } = entry.detail;
      const now = `${to.name} ${to.version}`;
      if (from === null) return `Model: ${now}`;
      if (from.name !== to.name) return `Model: ${from.name} ${from.version} → ${now}`;
      if (from.version !== to.version) return `Model: ${from.version} → ${to.version}`;
      return `Model: other weights of ${now}`;
    }
    case 'app':
      return entry.detail.from === null
        ? `Application: ${entry.detail.to}`
        : `Application: ${entry.detail.from} → ${entry.detail.to}`;
  }
}

function EntryLabel({ entry }: { entry: TimelineEntry }): ReactElement {
  switch (entry.kind) {
    case 'first-seen':
      return <Mark icon={<PlusCircleIcon />} text="New" />;
    case 'state':
      return <StateLabel state={entry.detail.to} />;
    case 'alarm-opened':
      return <SeverityLabel severity={entry.detail.severity} />;
    case 'alarm-closed':
      return <Mark icon={<CheckCircleIcon />} text="Over" colour="green" />;
    case 'model':
      return <Mark icon={<CubeIcon />} text="Model" colour="blue" />;
    case 'app':
      return <Mark icon={<SyncAltIcon />} text="Version" colour="blue" />;
  }
}

function Mark(props: { icon: ReactElement; text: string; colour?: 'grey' | 'green' | 'blue' }): ReactElement {
  const { icon, text, colour = 'grey' } = props;
  return (
    <Label color={colour} icon={icon} isCompact>
      {text}
    </Label>
  );
}

/** What happened, newest first. */
export const TimelineList = memo(function TimelineList(props: {
  entries: readonly TimelineEntry[] | null;
  label: string;
  isOfOneSite?: boolean;
}) {
  const { entries, label, isOfOneSite = false } = props;
  if (entries === null) return <Skeleton height="8rem" screenreaderText={`Loading: ${label}`} />;
  if (entries.length === 0) return <EmptyState titleText="Nothing happened yet" headingLevel="h3" variant="xs" />;
  return (
    <ol className="hilum-list" aria-label={label} tabIndex={0}>
      {entries.map((entry) => (
        <li key={entry.id}>
          <EntryLabel entry={entry} />
          <div>
            {!isOfOneSite && (
              <>
                <Link to={siteAddressOf(entry.site)}>{entry.site}</Link>
                {' · '}
              </>
            )}
            {entryText(entry)}
            <div className="hilum-note">
              <Moment at={entry.at} /> (<Age at={entry.at} after=" ago" />)
            </div>
          </div>
        </li>
      ))}
    </ol>
  );
});
