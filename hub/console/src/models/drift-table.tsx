import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { ReactElement } from 'react';
import { formatCount } from '../format';
import type { SiteJudgement } from './model-types';
import { formatNumber, formatPValue } from './model-words';
import { ShiftLabel } from './shift-label';

function testText(test: { statistic: number; pValue: number } | undefined | null): string {
  return test === undefined || test === null
    ? '–'
    : `${formatNumber(test.statistic, 2)}, p ${formatPValue(test.pValue)}`;
}

/** How far results are from the release's reference, all together first. */
export function DriftTable({ judgements }: { judgements: readonly SiteJudgement[] }): ReactElement {
  return (
    <div className="hilum-scroll" role="region" aria-label="Drift, scrollable" tabIndex={0}>
      <Table aria-label="Drift" variant="compact" gridBreakPoint="grid-lg" className="hilum-table">
        <Thead>
          <Tr>
            <Th>Site</Th>
            <Th className="hilum-number">Results</Th>
            <Th>Probabilities</Th>
            <Th className="hilum-number">PSI</Th>
            <Th className="hilum-number">KS distance</Th>
            <Th>Images</Th>
            <Th className="hilum-number">KS of brightness</Th>
            <Th className="hilum-number">KS of contrast</Th>
          </Tr>
        </Thead>
        <Tbody>
          {judgements.map(({ site, total, drift }) => {
            const image = (name: 'imageMean' | 'imageStd') => {
              const test = drift.images.tests.find((candidate) => candidate.name === name);
              return test && { statistic: test.statistic, pValue: test.adjustedPValue };
            };
            return (
              <Tr key={site ?? ''}>
                <Th scope="row" dataLabel="Site">
                  {site ?? 'All sites'}
                </Th>
                <Td dataLabel="Results" className="hilum-number">
                  {formatCount(total)}
                </Td>
                <Td dataLabel="Probabilities">
                  <ShiftLabel level={drift.probability.level} reason={drift.probability.reason} />
                </Td>
                <Td dataLabel="PSI" className="hilum-number">
                  {formatNumber(drift.probability.psi)}
                </Td>
                <Td dataLabel="KS distance" className="hilum-number" modifier="nowrap">
                  {testText(drift.probability.test)}
                </Td>
                <Td dataLabel="Images">
                  <ShiftLabel level={drift.images.level} reason={drift.images.reason} />
                </Td>
                <Td dataLabel="KS of brightness" className="hilum-number" modifier="nowrap">
                  {testText(image('imageMean'))}
                </Td>
                <Td dataLabel="KS of contrast" className="hilum-number" modifier="nowrap">
                  {testText(image('imageStd'))}
                </Td>
              </Tr>
            );
          })}
        </Tbody>
      </Table>
    </div>
  );
}
