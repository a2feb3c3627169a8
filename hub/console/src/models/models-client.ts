import { allPages, api, dataOf } from '../api-client';
import type { ModelReport, ModelVolume } from './model-types';
import { sinceOf, type PeriodName } from './model-view';

/** All models that ever scored, those that came last first. @throws ApiError */
export function readModels(): Promise<ModelVolume[]> {
  return allPages(async (at) => dataOf(await api.GET('/api/v1/models', { params: { query: at } })));
}

/**
 * @param site null: all; of one alone the hub looks at more of its results than among many
 * @throws ApiError; 404 when nobody knows the model
 */
export async function readModelReport(digest: string, period: PeriodName, site: string | null): Promise<ModelReport> {
  const query = { since: sinceOf(period, Date.now()), ...(site !== null && { site }) };
  const params = { path: { digest }, query };
  return dataOf(await api.GET('/api/v1/models/{digest}', { params }));
}
