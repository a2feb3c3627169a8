import { Problem } from '@hilum/runtime';
import busboy from 'busboy';
import type { Request } from 'express';
import type { UploadedImage } from './intake.js';

/** A study of more images than this is not a chest X-ray study; keys have four digits for the number. */
const MAX_FILES = 100;
const MAX_FIELD_BYTES = 256;

export interface UploadBody {
  images: UploadedImage[];
  /** the form field of that name; null in a raw body */
  priority: string | null;
}

export function isMultipart(request: Request): boolean {
  return /^multipart\/form-data\b/i.test(request.get('content-type') ?? '');
}

/**
 * Reads a whole request into memory, never more than `maxBytes` of it.
 * @throws Problem 400 or 413 that tells what to send instead
 */
export async function readUploadBody(request: Request, maxBytes: number): Promise<UploadBody> {
  const body = isMultipart(request)
    ? await readForm(request, maxBytes)
    : { images: [await readRaw(request, maxBytes)], priority: null };
  if (body.images.length === 0)
    throw badBody('send at least one image as a form part named "file", or the image itself as the body');
  const empty = body.images.findIndex((image) => image.body.length === 0);
  if (empty >= 0)
    throw new Problem(400, 'HILUM_INTAKE_EMPTY', 'Empty image', `image ${empty + 1} of the upload has no bytes`);
  return body;
}

async function readRaw(request: Request, maxBytes: number): Promise<UploadedImage> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // leaving the loop must not destroy the connection: the client is to read why its upload was refused
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return { body: Buffer.concat(chunks), contentType: safeContentType(request.get('content-type')) };
}

function readForm(request: Request, maxBytes: number): Promise<UploadBody> {
  return new Promise((resolve, reject) => {
    let parser: busboy.Busboy;
    try {
      parser = busboy({
        headers: request.headers,
        limits: { files: MAX_FILES, fields: 10, fieldSize: MAX_FIELD_BYTES, fileSize: maxBytes, headerPairs: 50 },
      });
    } catch {
      reject(badBody('the multipart header has no boundary'));
      return;
    }
    const images: UploadedImage[] = [];
    let priority: string | null = null;
    let bytes = 0;
    const fail = (problem: Problem): void => {
      request.unpipe(parser);
      // read on, so that the client gets the answer instead of a broken connection
      request.resume();
      reject(problem);
    };
    parser.on('file', (name, stream, { mimeType }) => {
      if (name !== 'file') {
        stream.on('error', () => undefined);
        stream.resume();
        fail(badBody('an image must be in a form part named "file"'));
        return;
      }
      const chunks: Buffer[] = [];
      // a form that ends inside this part fails here as well as in the parser; unheard, it would end the process
      stream.on('error', () => undefined);
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxBytes) fail(tooLarge(maxBytes));
        else chunks.push(chunk);
      });
      stream.on('close', () => images.push({ body: Buffer.concat(chunks), contentType: safeContentType(mimeType) }));
    });
    parser.on('field', (name, value) => {
      if (name === 'priority') priority = value;
    });
    parser.on('filesLimit', () => fail(badBody(`at most ${MAX_FILES} images make one upload`)));
    parser.on('error', () => fail(badBody('the multipart body is broken')));
    parser.on('close', () => resolve({ images, priority }));
    request.on('error', () => reject(badBody('the upload was broken off')));
    request.on('aborted', () => reject(badBody('the upload was broken off')));
    request.pipe(parser);
  });
}

/** Goes into the object's metadata as it is, so it must be a plain media type. */
function safeContentType(value: string | undefined): string {
  const type = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/i.exec(value ?? '')?.[0];
  return type?.toLowerCase() ?? 'application/octet-stream';
}

export function tooLarge(maxBytes: number): Problem {
  return new Problem(
    413,
    'HILUM_INTAKE_TOO_LARGE',
    'Upload too large',
    `an upload may have ${maxBytes} bytes at most; send the images of a study one by one, or put them into the store`,
  );
}

function badBody(detail: string): Problem {
  return new Problem(400, 'HILUM_INTAKE_BODY_INVALID', 'Bad upload', detail);
}
