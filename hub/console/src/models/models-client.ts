import { allPages, api, dataOf } from '../api-client';
import type { ModelReport, ModelVolume } from './model-types';
import { sinceOf, type PeriodName } from './model-view';

/** All models that ever scored, those that came last first. @throws ApiError */
export function readModels(): Promise<ModelVolume[]> {
  return allPages(async (at) => dataOf(await api.GET('/api/v1/models', { params: { query: at } })));
}

/** @throws ApiError; 404 when nobody knows the model */
export async function readModelReport(digest: string, period: PeriodName): Promise<ModelReport> {
  const params = { path: { digest }, query: { since: sinceOf(period, Date.now()) } };
  return dataOf(await api.GET('/api/v1/models/{digest}', { params }));
}
