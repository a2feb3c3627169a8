import { KubeError } from '../harness/kube-client.js';

/** What an API server answered: done, or the status by which it refused. @throws whatever else went wrong */
export async function answer(asked: Promise<unknown>): Promise<'done' | number> {
  try {
    await asked;
    return 'done';
  } catch (error) {
    if (error instanceof KubeError) return error.status;
    throw error;
  }
}

/** The same as an HTTP status: 200 when it was done. */
export async function statusOf(asked: Promise<unknown>): Promise<number> {
  const answered = await answer(asked);
  return answered === 'done' ? 200 : answered;
}
