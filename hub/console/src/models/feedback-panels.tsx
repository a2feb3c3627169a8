import { Alert } from '@patternfly/react-core/dist/dynamic/components/Alert';
import {
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
} from '@patternfly/react-core/dist/dynamic/components/DescriptionList';
import { EmptyState, EmptyStateBody } from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { ReactElement } from 'react';
import { DECISIONS } from '../api-types';
import { formatCount } from '../format';
import { DecisionLabel } from '../labels';
import { CalibrationChart } from './calibration-chart';
import type { Feedback, SiteJudgement } from './model-types';
import { ABSENT_TEXT, formatEstimate, formatNumber, formatShare } from './model-words';

function Fact({ term, text }: { term: string; text: string }): ReactElement {
  return (
    <DescriptionListGroup>
      <DescriptionListTerm>{term}</DescriptionListTerm>
      <DescriptionListDescription>{text}</DescriptionListDescription>
    </DescriptionListGroup>
  );
}

/** AUROC and calibration, with what they are of: readers choose what they look at. */
export function CalibrationPanel({ feedback }: { feedback: Feedback }): ReactElement {
  const { calibration, auroc, labelled, contradictory, labelledShare } = feedback;
  if (calibration.reason !== null)
    return (
      <EmptyState titleText={ABSENT_TEXT[calibration.reason]} headingLevel="h3" variant="xs">
        <EmptyStateBody>
          {formatCount(labelled)} of {formatCount(feedback.studies)} studies with feedback say whether there is
          pneumonia. AUROC and calibration appear from 10 on.
        </EmptyStateBody>
      </EmptyState>
    );
  return (
    <>
      <Alert variant="info" isInline isPlain title="Only studies that staff gave a finding on">
        {formatCount(labelled)} studies; {formatCount(contradictory)} left out because verdict and label exclude each
        other. Results with a finding: {formatShare(labelledShare.normal)} of normal,{' '}
        {formatShare(labelledShare.review)} of review, {formatShare(labelledShare['pneumonia-suspected'])} of suspected.
        Where these differ much, AUROC and calibration are biased (verification bias); nothing corrects for it.
      </Alert>
      <div className="hilum-columns">
        <div>
          <CalibrationChart curve={calibration.curve} />
        </div>
        <DescriptionList isCompact>
          <Fact term="AUROC (95 % interval)" text={formatEstimate(auroc, formatNumber)} />
          <Fact term="Expected calibration error" text={formatNumber(calibration.expectedError)} />
          <Fact
            term="Intercept; 0 is right, below 0 too high"
            text={formatEstimate(calibration.intercept, formatNumber)}
          />
          <Fact term="Slope; 1 is right, below 1 too extreme" text={formatEstimate(calibration.slope, formatNumber)} />
        </DescriptionList>
      </div>
    </>
  );
}

/** How often staff agree, by decision and by site. */
export function AgreementTable(props: { judgement: SiteJudgement; sites: readonly SiteJudgement[] }): ReactElement {
  const { judgement, sites } = props;
  const { feedback } = judgement;
  return (
    <div className="hilum-scroll" role="region" aria-label="Staff agreement, scrollable" tabIndex={0}>
      <Table aria-label="Staff agreement" variant="compact" gridBreakPoint="grid-md" className="hilum-table">
        <Thead>
          <Tr>
            <Th>Of</Th>
            <Th>Agreement (95 % interval)</Th>
          </Tr>
        </Thead>
        <Tbody>
          <Tr>
            <Th scope="row" dataLabel="Of">
              All studies with feedback ({formatCount(feedback.studies)})
            </Th>
            <Td dataLabel="Agreement">{formatEstimate(feedback.agreement, formatShare)}</Td>
          </Tr>
          {DECISIONS.map((decision) => (
            <Tr key={decision}>
              <Th scope="row" dataLabel="Of">
                <DecisionLabel decision={decision} />
              </Th>
              <Td dataLabel="Agreement">{formatEstimate(feedback.agreementByDecision[decision], formatShare)}</Td>
            </Tr>
          ))}
          {sites.map(({ site, feedback: own }) => (
            <Tr key={site}>
              <Th scope="row" dataLabel="Of">
                {site} ({formatCount(own.studies)})
              </Th>
              <Td dataLabel="Agreement">{formatEstimate(own.agreement, formatShare)}</Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
    </div>
  );
}
