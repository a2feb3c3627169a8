import { Card, CardBody, CardTitle } from '@patternfly/react-core/dist/dynamic/components/Card';
import { Skeleton } from '@patternfly/react-core/dist/dynamic/components/Skeleton';
import type { ReactElement, ReactNode } from 'react';
import { SITE_STATES, type Alarm, type Site, type Summary } from './api-types';
import { formatCount } from './format';
import { STATE_LOOK } from './labels';

function Tile(props: { title: string; isWide?: boolean; children: ReactNode }): ReactElement {
  const { title, isWide = false, children } = props;
  return (
    <Card isCompact component="section" aria-label={title} className={isWide ? 'hilum-wide' : ''}>
      <CardTitle component="h3">{title}</CardTitle>
      <CardBody>{children}</CardBody>
    </Card>
  );
}

function Figure({ value, note }: { value: number | undefined; note?: string }): ReactElement {
  if (value === undefined) return <Skeleton width="4rem" height="2rem" screenreaderText="Loading" />;
  return (
    <>
      <span className="hilum-figure">{formatCount(value)}</span>
      {note !== undefined && <span className="hilum-note">{note}</span>}
    </>
  );
}

function share(part: number, whole: number): string {
  return whole === 0 ? 'none scored yet' : `${((100 * part) / whole).toFixed(1)} % of today`;
}

export function SummaryCards(props: {
  sites: readonly Site[] | null;
  alarms: readonly Alarm[] | null;
  summary: Summary | null;
}): ReactElement {
  const { sites, alarms, summary } = props;
  const critical = alarms?.filter(({ severity }) => severity === 'critical').length ?? 0;
  return (
    <div className="hilum-tiles">
      <Tile title="Sites by state" isWide>
        {sites === null ? (
          <Figure value={undefined} />
        ) : (
          <ul className="hilum-states">
            {SITE_STATES.map((state) => {
              const { icon: Icon, text, colour } = STATE_LOOK[state];
              const count = sites.filter((site) => site.state === state).length;
              return (
                <li key={state} className={count === 0 ? 'hilum-none' : undefined}>
                  <Icon className={`hilum-${colour}`} /> <strong>{formatCount(count)}</strong> {text.toLowerCase()}
                </li>
              );
            })}
          </ul>
        )}
      </Tile>
      <Tile title="Results today">
        <Figure value={summary?.total} note="since midnight, your time" />
      </Tile>
      <Tile title="Suspected today">
        <Figure
          value={summary?.byDecision['pneumonia-suspected']}
          note={summary ? share(summary.byDecision['pneumonia-suspected'], summary.total) : ''}
        />
      </Tile>
      <Tile title="Unreadable today">
        <Figure
          value={summary?.byDecision.unreadable}
          note={summary ? share(summary.byDecision.unreadable, summary.total) : ''}
        />
      </Tile>
      <Tile title="Open alarms">
        <Figure value={alarms?.length} note={critical === 0 ? 'none critical' : `${critical} critical`} />
      </Tile>
    </div>
  );
}
