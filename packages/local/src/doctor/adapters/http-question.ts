import { timeLimited } from '@hilum/runtime';
import { AwayError, reasonOf } from './away-error.js';

const TIMEOUT_MS = 4_000;

export interface HttpAnswer {
  status: number;
  /** the `Date` header; whole seconds */
  date: string | null;
  text: string;
}

/**
 * GETs a URL, without any credentials.
 * @param what the server's name for the error
 * @throws AwayError when there is no answer within four seconds
 */
export async function askHttp(what: string, url: string, signal: AbortSignal): Promise<HttpAnswer> {
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      signal: timeLimited(signal, TIMEOUT_MS),
    });
    return { status: response.status, date: response.headers.get('date'), text: await response.text() };
  } catch (error) {
    throw new AwayError(what, reasonOf(error), { cause: error });
  }
}
