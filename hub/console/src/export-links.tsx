import { Button } from '@patternfly/react-core/dist/dynamic/components/Button';
import DownloadIcon from '@patternfly/react-icons/dist/esm/icons/download-icon';
import type { ReactElement } from 'react';
import type { operations, paths } from './api-schema';
import type { Role } from './api-types';
import type { ResultFilters } from './result-filters';

type Format = NonNullable<NonNullable<operations['export-results']['parameters']['query']>['format']>;

const PATH = '/api/v1/results/export' satisfies keyof paths;
const FORMATS = { csv: 'CSV', parquet: 'Parquet' } as const satisfies Record<Format, string>;
/** As the hub allows it. */
const ROLES: readonly Role[] = ['data-science', 'compliance'];

/** All results under the filters as a file, not only those shown. */
export function ExportLinks({ role, filters }: { role: Role; filters: ResultFilters }): ReactElement | null {
  if (!ROLES.includes(role)) return null;
  return (
    <div className="hilum-exports" role="group" aria-label="Download all results under these filters">
      {(Object.keys(FORMATS) as Format[]).map((format) => (
        <Button
          key={format}
          component="a"
          variant="link"
          icon={<DownloadIcon />}
          href={addressOf(format, filters)}
          aria-label={`Download ${FORMATS[format]}`}
        >
          {FORMATS[format]}
        </Button>
      ))}
    </div>
  );
}

function addressOf(format: Format, { site, decision }: ResultFilters): string {
  const query = new URLSearchParams({ format });
  if (site !== null) query.set('site', site);
  if (decision !== null) query.set('decision', decision);
  return `${PATH}?${query.toString()}`;
}
