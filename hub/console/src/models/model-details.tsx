import { Alert } from '@patternfly/react-core/dist/dynamic/components/Alert';
import { Card, CardBody, CardTitle } from '@patternfly/react-core/dist/dynamic/components/Card';
import { EmptyState, EmptyStateBody } from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import type { ReactElement, ReactNode } from 'react';
import { AfterPaint } from '../after-paint';
import { formatCount, formatTime } from '../format';
import { Panel } from '../panel';
import { DecisionMixChart } from './decision-mix-chart';
import { distributionBins, DistributionChart } from './distribution-chart';
import { DriftTable } from './drift-table';
import { AgreementTable, CalibrationPanel } from './feedback-panels';
import { LatencyChart } from './latency-chart';
import type { Estimate, ModelReport, SiteJudgement } from './model-types';
import { ABSENT_TEXT, formatNumber, formatShare, images } from './model-words';
import { ShiftLabel } from './shift-label';
import { largest, leftOutText, mostRead, mostShifted } from './sites-shown';

function Tile({ title, children }: { title: string; children: ReactNode }): ReactElement {
  return (
    <Card isCompact component="section" aria-label={title}>
      <CardTitle component="h3">{title}</CardTitle>
      <CardBody>{children}</CardBody>
    </Card>
  );
}

function EstimateFigure(props: { estimate: Estimate; format: (value: number | null) => string }): ReactElement {
  const { estimate, format } = props;
  if (estimate.value === null)
    return <span className="hilum-note">{estimate.reason === null ? '–' : ABSENT_TEXT[estimate.reason]}</span>;
  return (
    <>
      <span className="hilum-figure">{format(estimate.value)}</span>
      <span className="hilum-note">
        {format(estimate.low)} to {format(estimate.high)}
      </span>
    </>
  );
}

function Tiles({ judgement }: { judgement: SiteJudgement }): ReactElement {
  const { total, drift, feedback } = judgement;
  return (
    <div className="hilum-tiles">
      <Tile title="Results">
        <span className="hilum-figure">{formatCount(total)}</span>
        <span className="hilum-note">in the period</span>
      </Tile>
      <Tile title="Probabilities">
        <ShiftLabel level={drift.probability.level} reason={drift.probability.reason} />
        {drift.probability.psi !== null && (
          <div className="hilum-note">PSI {formatNumber(drift.probability.psi)} to the reference</div>
        )}
      </Tile>
      <Tile title="Images">
        <ShiftLabel level={drift.images.level} reason={drift.images.reason} />
        {drift.images.level !== null && <div className="hilum-note">brightness and contrast, to the reference</div>}
      </Tile>
      <Tile title="Staff agree">
        <EstimateFigure estimate={feedback.agreement} format={formatShare} />
      </Tile>
      <Tile title="AUROC">
        <EstimateFigure estimate={feedback.auroc} format={formatNumber} />
      </Tile>
    </div>
  );
}

function LeftOut({ text }: { text: string | null }): ReactElement | null {
  return text === null ? null : <p className="hilum-note">{text}</p>;
}

/** @param site which hospital's numbers; null: all together */
export function ModelDetails(props: { report: ModelReport; site: string | null }): ReactElement {
  const { report, site } = props;
  const judgement = site === null ? report.all : report.sites.find((own) => own.site === site);
  if (judgement === undefined || judgement.total === 0)
    return (
      <EmptyState titleText="No results in this period" headingLevel="h2" variant="sm">
        <EmptyStateBody>
          This model scored nothing{site === null ? '' : ` at ${site}`} from {formatTime(report.from)} to{' '}
          {formatTime(report.to)}. Choose a longer period or another site.
        </EmptyStateBody>
      </EmptyState>
    );
  const { reference, thresholds } = report;
  const sites = site === null ? report.sites : [];
  const withAll = (shown: readonly SiteJudgement[]): SiteJudgement[] => [judgement, ...shown];
  return (
    <>
      {reference.reason !== null && (
        <Alert variant="info" isInline title={ABSENT_TEXT[reference.reason]}>
          {reference.counts === null
            ? 'Without the release’s numbers about its validation images there is nothing to compare results with.'
            : 'Probabilities are compared by their histogram only, and images not at all: this release does not tell the quantiles of its validation images.'}
        </Alert>
      )}
      <h2 className="pf-v6-screen-reader">Summary</h2>
      <Tiles judgement={judgement} />
      <Panel title="Probability distribution">
        <p className="hilum-note">
          {formatCount(judgement.distribution.reduce((sum, count) => sum + count, 0))} scored images
          {reference.images !== null && ` beside ${images(reference.images)} of the release’s validation`}, by their
          probability in per cent.
          {thresholds !== null &&
            ` Review from ${formatShare(thresholds.review)} on, suspected from ${formatShare(thresholds.suspected)} on.`}
        </p>
        <DistributionChart bins={distributionBins(report, judgement.distribution)} />
      </Panel>
      <AfterPaint what="the other charts">
        <Panel title="Decisions by site">
          <LeftOut text={leftOutText(sites, 'with the most results')} />
          <DecisionMixChart
            sites={withAll(largest(sites)).map(({ site: name, total, byDecision }) => ({
              site: name,
              total,
              byDecision,
            }))}
          />
        </Panel>
        <Panel title="Drift">
          <p className="hilum-note">
            Against the release’s validation images. Probabilities by the population stability index (shifting from 0.1,
            shifted from 0.25 on); they move when more or fewer patients are ill, too. Images by Kolmogorov–Smirnov
            tests on the brightness and contrast of the newest results, p-values corrected for being two. The images
            that a demonstration’s simulator draws differ from radiographs, so such a fleet is shifted as well.
          </p>
          <LeftOut text={leftOutText(sites, 'that are furthest from it')} />
          <DriftTable judgements={withAll(mostShifted(sites))} />
        </Panel>
        <Panel title="Calibration and AUROC">
          <CalibrationPanel feedback={judgement.feedback} />
        </Panel>
        <Panel title="Staff agreement">
          <LeftOut text={leftOutText(sites, 'with the most feedback')} />
          <AgreementTable judgement={judgement} sites={mostRead(sites)} />
        </Panel>
        <Panel title="Latency parts">
          <p className="hilum-note">Of the newest {formatCount(judgement.sampleSize)} results in the period.</p>
          <LatencyChart latencyMs={judgement.latencyMs} />
        </Panel>
      </AfterPaint>
    </>
  );
}
