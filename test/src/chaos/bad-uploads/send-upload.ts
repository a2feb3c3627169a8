import { randomBytes } from 'node:crypto';
import { PutObjectCommand, S3ServiceException, type S3Client } from '@aws-sdk/client-s3';
import type { ResultObject } from '@hilum/contracts';
import type { SiteState } from '../../support/fleet.js';

export type Way = 'put' | 'http';

export interface Upload {
  bytes: Buffer;
  contentType: string;
  keyOf: (unique: string) => string;
  wireKeyOf?: (unique: string) => string;
}

/** What the uploader was told. */
export interface Sent {
  /** null: taken; else the code in the refusal */
  refusal: string | null;
  /** when it was told so, milliseconds since the epoch */
  toldAtMs: number;
  isOutcomeOfIt: (result: ResultObject) => boolean;
}

/** Sends one upload as an ordinary client would. @throws when the site does not answer at all */
export function sendUpload(upload: Upload, way: Way, site: SiteState, s3: S3Client): Promise<Sent> {
  const unique = `u${randomBytes(8).toString('hex')}`;
  return way === 'put' ? put(upload, unique, site, s3) : post(upload, unique, site);
}

async function put(upload: Upload, unique: string, site: SiteState, s3: S3Client): Promise<Sent> {
  const command = new PutObjectCommand({
    Bucket: site.s3.intakeBucket,
    Key: upload.keyOf(unique),
    Body: upload.bytes,
    ContentType: upload.contentType,
  });
  const wireKey = upload.wireKeyOf?.(unique);
  if (wireKey !== undefined)
    command.middlewareStack.add(
      (next) => (call) => {
        // before it is signed
        (call.request as { path: string }).path = `/${site.s3.intakeBucket}/${wireKey}`;
        return next(call);
      },
      { step: 'build' },
    );
  let refusal: string | null = null;
  try {
    await s3.send(command);
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw error;
    refusal = error.name;
  }
  return { refusal, toldAtMs: Date.now(), isOutcomeOfIt: ({ source }) => source.key.includes(unique) };
}

async function post(upload: Upload, unique: string, site: SiteState): Promise<Sent> {
  const form = new FormData();
  const file = new Blob([new Uint8Array(upload.bytes)], { type: upload.contentType });
  form.append('file', file, upload.keyOf(unique));
  const response = await fetch(`${site.url}/api/v1/studies`, {
    method: 'POST',
    headers: { authorization: `Bearer ${site.tokens.staff}` },
    body: form,
  });
  const answer = (await response.json()) as { code?: string; studyId?: string };
  const refusal = response.status === 201 ? null : (answer.code ?? String(response.status));
  return {
    refusal,
    toldAtMs: Date.now(),
    isOutcomeOfIt: ({ studyId }) => answer.studyId !== undefined && studyId === answer.studyId,
  };
}
