import { Button } from '@patternfly/react-core/dist/dynamic/components/Button';
import { EmptyState } from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import { Skeleton } from '@patternfly/react-core/dist/dynamic/components/Skeleton';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import { memo, useState } from 'react';
import type { Alarm } from './api-types';
import { formatCount } from './format';
import { ALARM_TEXT, SeverityLabel } from './labels';
import { Link } from './link';
import { Age, Moment } from './moment';
import { siteAddressOf } from './site-view';

/** When the hub's own line is cut, every site has one. */
const SHOWN_AT_FIRST = 30;

/** Open alarms, critical ones first and then the newest. */
export const AlarmsList = memo(function AlarmsList(props: { alarms: readonly Alarm[] | null; isOfOneSite?: boolean }) {
  const { alarms, isOfOneSite = false } = props;
  const [limit, setLimit] = useState(SHOWN_AT_FIRST);
  if (alarms === null) return <Skeleton height="4rem" screenreaderText="Loading alarms" />;
  if (alarms.length === 0)
    return <EmptyState titleText="No open alarms" icon={CheckCircleIcon} headingLevel="h3" variant="xs" />;
  const sorted = [...alarms].sort(
    (a, b) => a.severity.localeCompare(b.severity) || Date.parse(b.since) - Date.parse(a.since),
  );
  return (
    <>
      <ul className="hilum-list" aria-label="Open alarms" tabIndex={0}>
        {sorted.slice(0, limit).map((alarm) => (
          <li key={alarm.id}>
            <SeverityLabel severity={alarm.severity} />
            <div>
              <strong>{ALARM_TEXT[alarm.kind]}</strong>
              {!isOfOneSite && (
                <>
                  {' at '}
                  <Link to={siteAddressOf(alarm.site)}>{alarm.site}</Link>
                </>
              )}
              <div className="hilum-note">
                {alarm.detail} · since <Moment at={alarm.since} /> (<Age at={alarm.since} />)
              </div>
            </div>
          </li>
        ))}
      </ul>
      {sorted.length > limit && (
        <Button variant="link" isInline onClick={() => setLimit(limit * 2)}>
          Show more of {formatCount(sorted.length)}
        </Button>
      )}
    </>
  );
});
