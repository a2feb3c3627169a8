import { describe, expect, it } from 'vitest';
import { bucketFindings } from './store-check.js';

const bucket = (exists: boolean, ...unsigned: number[]) => ({ bucket: 'xray-intake', exists, unsigned });

describe('a bucket', () => {
  it('is well when it is there and refuses requests without a signature', () => {
    expect(bucketFindings([bucket(true, 403, 403)], 'x')).toEqual([]);
  });

  it('is failed when it is missing', () => {
    expect(bucketFindings([bucket(false, 404, 404)], 'kill 7')).toMatchObject([
      { state: 'failed', detail: 'there is no bucket xray-intake', fix: 'kill 7' },
    ]);
  });

  it.each([
    [200, 403],
    [403, 404],
    [403, 200],
  ])('is failed when it answers %d and %d to a stranger', (listing, reading) => {
    const [finding] = bucketFindings([bucket(true, listing, reading)], 'x');
    expect(finding).toMatchObject({ state: 'failed' });
    expect(finding?.fix).toContain('put-bucket-acl --bucket xray-intake --acl private');
  });
});
