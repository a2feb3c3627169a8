import { call, type Page } from '../api-client';
import type { ModelReport, ModelVolume } from './model-types';
import { sinceOf, type PeriodName } from './model-view';

/** All models that ever scored, those that came last first. @throws ApiError */
export async function readModels(): Promise<ModelVolume[]> {
  const models: ModelVolume[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = (await call(`/api/v1/models?limit=500${query}`)) as Page<ModelVolume>;
    models.push(...page.items);
    cursor = page.nextCursor;
  }
  return models;
}

/** @throws ApiError; 404 when nobody knows the model */
export async function readModelReport(digest: string, period: PeriodName): Promise<ModelReport> {
  const query = new URLSearchParams({ since: sinceOf(period, Date.now()) });
  return (await call(`/api/v1/models/${encodeURIComponent(digest)}?${query.toString()}`)) as ModelReport;
}
