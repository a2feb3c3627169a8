import { Card, CardBody, CardTitle } from '@patternfly/react-core/dist/dynamic/components/Card';
import { Skeleton } from '@patternfly/react-core/dist/dynamic/components/Skeleton';
import { memo, type ReactElement, type ReactNode } from 'react';
import { SITE_STATES, type Alarm, type Site, type Summary, type TimelineEntry } from './api-types';
import { fleetAddressOf } from './fleet-view';
import { formatCount, formatDuration } from './format';
import { STATE_LOOK } from './labels';
import { Link } from './link';
import { Age } from './moment';
import { needsAttention } from './site-trouble';
import { siteAddressOf } from './site-view';
import { entryText } from './timeline-list';

function Tile(props: { title: string; width?: 'double' | 'full-row'; children: ReactNode }): ReactElement {
  const { title, width, children } = props;
  return (
    <Card isCompact component="section" aria-label={title} className={width === undefined ? '' : `hilum-${width}`}>
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

function share(part: number, whole: number, what: string): string {
  return whole === 0 ? 'none scored yet' : `${what}: ${((100 * part) / whole).toFixed(1)} %`;
}

export const SummaryCards = memo(function SummaryCards(props: {
  sites: ReadonlyMap<string, Site> | null;
  alarms: ReadonlyMap<string, Alarm> | null;
  summary: Summary | null;
  lately: readonly TimelineEntry[] | null;
}) {
  const { sites, alarms, summary, lately } = props;
  const all = sites === null ? null : [...sites.values()];
  const critical = [...(alarms?.values() ?? [])].filter(({ severity }) => severity === 'critical').length;
  const oldest = Math.max(0, ...(all ?? []).map((site) => site.oldestUnscoredAgeSeconds ?? 0));
  const missing = sumOf(all, ({ missing: count }) => count);
  const deadLetters = sumOf(all, (site) => site.deadLetters ?? 0);
  return (
    <div className="hilum-tiles">
      <Tile title="Sites by state" width="double">
        {all === null ? <Figure value={undefined} /> : <States sites={all} />}
      </Tile>
      <Tile title="Backlog">
        <Figure
          value={sumOf(all, (site) => site.backlog ?? 0)}
          note={oldest === 0 ? 'images without an outcome' : `oldest waits ${formatDuration(oldest)}`}
        />
      </Tile>
      <Tile title="Missing events">
        <Figure value={missing} note={missing === 0 ? 'everything arrived' : 'sent, not arrived'} />
      </Tile>
      <Tile title="Dead letters">
        <Figure value={deadLetters} note={deadLetters === 0 ? 'none waits' : 'wait for a decision'} />
      </Tile>
      <Tile title="Open alarms">
        <Figure value={alarms?.size} note={critical === 0 ? 'none critical' : `${critical} critical`} />
      </Tile>
      <Tile title="Results today">
        <Figure
          value={summary?.total}
          note={summary ? share(summary.byDecision['pneumonia-suspected'], summary.total, 'suspected') : ''}
        />
      </Tile>
      <Tile title="Unreadable today">
        <Figure
          value={summary?.byDecision.unreadable}
          note={summary ? share(summary.byDecision.unreadable, summary.total, 'share') : ''}
        />
      </Tile>
      <Tile title="Changed lately" width="full-row">
        <Lately entries={lately} />
      </Tile>
    </div>
  );
});

function sumOf(sites: readonly Site[] | null, countOf: (site: Site) => number): number | undefined {
  return sites?.reduce((sum, site) => sum + countOf(site), 0);
}

/** How many are in each state; a click shows which. */
function States({ sites }: { sites: readonly Site[] }): ReactElement {
  const attention = sites.filter(needsAttention).length;
  return (
    <>
      <ul className="hilum-states">
        {SITE_STATES.map((state) => {
          const { icon: Icon, text, colour } = STATE_LOOK[state];
          const count = sites.filter((site) => site.state === state).length;
          return (
            <li key={state} className={count === 0 ? 'hilum-none' : undefined}>
              <Icon className={`hilum-${colour}`} />{' '}
              <Link to={fleetAddressOf({ state })}>
                <strong>{formatCount(count)}</strong> {text.toLowerCase()}
              </Link>
            </li>
          );
        })}
      </ul>
      {attention > 0 && (
        <div className="hilum-attention">
          <Link to={fleetAddressOf({ state: 'attention' })}>
            {formatCount(attention)} {attention === 1 ? 'needs' : 'need'} attention
          </Link>
        </div>
      )}
    </>
  );
}

const LATELY_IN_TILE = 3;

/** The last few things that happened; all of them are further down. */
function Lately({ entries }: { entries: readonly TimelineEntry[] | null }): ReactElement {
  if (entries === null) return <Skeleton height="3rem" screenreaderText="Loading" />;
  if (entries.length === 0) return <span className="hilum-note">Nothing happened yet</span>;
  return (
    <ul className="hilum-lately">
      {entries.slice(0, LATELY_IN_TILE).map((entry) => (
        <li key={entry.id}>
          <Link to={siteAddressOf(entry.site)}>{entry.site}</Link> {entryText(entry)}{' '}
          <span className="hilum-note">
            <Age at={entry.at} after=" ago" />
          </span>
        </li>
      ))}
    </ul>
  );
}
