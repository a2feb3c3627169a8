import { Button } from '@patternfly/react-core/dist/dynamic/components/Button';
import { useState, type ReactElement, type ReactNode } from 'react';
import { formatCount } from '../format';

/** Rows that a page draws at once: a thousand sites are there, but nobody waits until all are drawn. */
const ROWS_AT_ONCE = 50;

/** The first rows, and more when they are asked for. @param of what is counted, such as `sites` */
export function MoreRows<Row>(props: {
  rows: readonly Row[];
  of: string;
  children: (rows: readonly Row[]) => ReactNode;
}): ReactElement {
  const { rows, of, children } = props;
  const [count, setCount] = useState(ROWS_AT_ONCE);
  return (
    <>
      {children(rows.slice(0, count))}
      {rows.length > count && (
        <div className="hilum-more">
          <Button variant="secondary" onClick={() => setCount(count + 4 * ROWS_AT_ONCE)}>
            Show more
          </Button>
          <span>
            {formatCount(count)} of {formatCount(rows.length)} {of} are shown.
          </span>
        </div>
      )}
    </>
  );
}
