import { ExpandableSection } from '@patternfly/react-core/dist/dynamic/components/ExpandableSection';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { ReactElement, ReactNode } from 'react';
import { useWidth } from './use-width';

/** Where nothing has a width: in a test. */
const FALLBACK_WIDTH = 600;

/** A chart as wide as its place, and its numbers as a table for those who cannot see it or want to copy them. */
export function ChartFrame(props: {
  name: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
  children: (width: number) => ReactNode;
}): ReactElement {
  const { name, columns, rows, children } = props;
  const [place, width] = useWidth(FALLBACK_WIDTH);
  return (
    <>
      <div ref={place} className="hilum-chart">
        {width !== null && children(width)}
      </div>
      <ExpandableSection toggleText="Numbers" toggleAriaLabel={`Numbers: ${name}`} isIndented>
        <div className="hilum-scroll" role="region" aria-label={`${name}, numbers, scrollable`} tabIndex={0}>
          <Table aria-label={name} variant="compact" gridBreakPoint="" borders={false}>
            <Thead>
              <Tr>
                {columns.map((column) => (
                  <Th key={column} modifier="nowrap">
                    {column}
                  </Th>
                ))}
              </Tr>
            </Thead>
            <Tbody>
              {rows.map((row) => (
                <Tr key={row[0]}>
                  {row.map((cell, index) => (
                    <Td key={columns[index]} modifier="nowrap">
                      {cell}
                    </Td>
                  ))}
                </Tr>
              ))}
            </Tbody>
          </Table>
        </div>
      </ExpandableSection>
    </>
  );
}
