import { EmptyState } from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import { Skeleton } from '@patternfly/react-core/dist/dynamic/components/Skeleton';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import type { ReactElement } from 'react';
import type { Alarm } from './api-types';
import { formatAge, formatTime } from './format';
import { SeverityLabel } from './labels';

const KIND_TEXT: Readonly<Record<string, string>> = {
  'site-late': 'Site is late',
  'site-dead': 'Site is dead',
  'sequences-missing': 'Events are missing',
  'dead-letters': 'Dead letters',
  'component-down': 'Component down',
  quarantine: 'Events in quarantine',
};

export function AlarmsList({ alarms, now }: { alarms: readonly Alarm[] | null; now: number }): ReactElement {
  if (alarms === null) return <Skeleton height="4rem" screenreaderText="Loading alarms" />;
  if (alarms.length === 0)
    return <EmptyState titleText="No open alarms" icon={CheckCircleIcon} headingLevel="h3" variant="xs" />;
  const sorted = [...alarms].sort(
    (a, b) => a.severity.localeCompare(b.severity) || Date.parse(b.since) - Date.parse(a.since),
  );
  return (
    <ul className="hilum-alarms" aria-label="Open alarms" tabIndex={0}>
      {sorted.map((alarm) => (
        <li key={alarm.id}>
          <SeverityLabel severity={alarm.severity} />
          <div>
            <strong>{KIND_TEXT[alarm.kind] ?? alarm.kind}</strong> at <strong>{alarm.site}</strong>
            <div className="hilum-note">
              {alarm.detail} · <time dateTime={alarm.since}>since {formatTime(alarm.since)}</time> (
              {formatAge(alarm.since, now)})
            </div>
          </div>
        </li>
      ))}
    </ul>
  );
}
