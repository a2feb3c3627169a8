import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { resultObject, type ResultObject } from '@hilum/contracts';
import type { SiteState } from '../../support/fleet.js';

/** The outcomes in a site's results bucket, read as they come; each is read once. */
export class SiteOutcomes {
  readonly #s3: S3Client;
  readonly #bucket: string;
  readonly #byKey = new Map<string, ResultObject>();

  constructor(s3: S3Client, site: SiteState) {
    this.#s3 = s3;
    this.#bucket = site.s3.resultsBucket;
  }

  /** Reads what is new. @throws when a result object does not conform to the contract */
  async refresh(): Promise<void> {
    for await (const key of this.#keys()) {
      if (!key.endsWith('.json') || this.#byKey.has(key)) continue;
      const { Body } = await this.#s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
      this.#byKey.set(key, resultObject.parse(JSON.parse((await Body?.transformToString()) ?? '')));
    }
  }

  find(isWanted: (result: ResultObject) => boolean): ResultObject[] {
    return [...this.#byKey.values()].filter(isWanted);
  }

  async *#keys(): AsyncIterable<string> {
    let token: string | undefined;
    do {
      const page = await this.#s3.send(
        new ListObjectsV2Command({
          Bucket: this.#bucket,
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
      );
      for (const { Key } of page.Contents ?? []) if (Key !== undefined) yield Key;
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }
}
