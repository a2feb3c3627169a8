import ExclamationTriangleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import type { ReactElement } from 'react';
import type { SiteDetail } from '../api-types';
import { StateLabel } from '../labels';
import { Age } from '../moment';
import { useNow } from '../now';
import { troubleOf } from '../site-trouble';
import { reasonOf } from './site-words';

/** How a site is and why, said plainly. */
export function SiteStatus({ detail }: { detail: SiteDetail }): ReactElement {
  const now = useNow();
  const trouble = troubleOf(detail);
  return (
    <>
      <p>
        <StateLabel state={detail.state} /> for <Age at={detail.stateSince} />. {reasonOf(detail, now)}
      </p>
      {trouble.length > 0 && (
        <ul className="hilum-trouble" aria-label="What is wrong">
          {trouble.map((text) => (
            <li key={text} className="hilum-red">
              <ExclamationTriangleIcon /> {text}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
