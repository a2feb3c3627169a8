import { PRIORITIES, parseTraceparent, type Priority } from '@hilum/contracts';
import { Problem, StoreUnavailableError, counter, isDatabaseAway, type Registry, type SignIn } from '@hilum/runtime';
import type { Express, Request } from 'express';
import type { SiteRole } from '../site-role.js';
import type { Intake } from './intake.js';
import { isMultipart, readUploadBody, tooLarge } from './upload-body.js';
import { UploadMemory } from './upload-memory.js';

const RETRY_AFTER_SECONDS = 2;
/** Uploads of the largest size that may be in memory at once; many more of the usual size fit. */
const LARGEST_AT_ONCE = 4;
const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,200}$/;

/** `POST /api/v1/studies`: one upload is one study. 201 once the store has acknowledged every image. */
export function addIntakeRoute(
  app: Express,
  options: { intake: Intake; signIn: SignIn<SiteRole>; maxBytes: number; registry: Registry },
): void {
  const { intake, signIn, maxBytes, registry } = options;
  const memory = new UploadMemory(maxBytes * LARGEST_AT_ONCE);
  const uploads = counter(registry, 'hilum_edge_uploads_total', 'uploads by way and what came of them', [
    'way',
    'outcome',
  ]);

  app.post('/api/v1/studies', signIn.require('staff', 'hospital-it'), async (request, response) => {
    const way = isMultipart(request) ? 'multipart' : 'raw';
    const release = reserve(memory, request, maxBytes);
    try {
      const { priority, idempotencyKey } = readParameters(request);
      const body = await readUploadBody(request, maxBytes);
      const stored = await intake.accept({
        images: body.images,
        priority: body.priority === null ? priority : readPriority(body.priority),
        trace: parseTraceparent(request.get('traceparent')),
        idempotencyKey,
      });
      uploads.inc({ way, outcome: stored.isRepeat ? 'repeated' : 'stored' });
      response
        .status(201)
        .location(`/api/v1/studies/${stored.studyId}`)
        .json({ studyId: stored.studyId, imageIds: stored.imageIds });
    } catch (error) {
      const isAway = error instanceof StoreUnavailableError || isDatabaseAway(error);
      uploads.inc({ way, outcome: isAway ? 'unavailable' : error instanceof Problem ? 'refused' : 'failed' });
      if (!isAway) throw error;
      throw new Problem(
        503,
        'HILUM_INTAKE_UNAVAILABLE',
        'Try again',
        'the image was not taken: the store or the database does not answer; send it again',
        { retryAfterSeconds: RETRY_AFTER_SECONDS },
      );
    } finally {
      release();
    }
  });
}

function reserve(memory: UploadMemory, request: Request, maxBytes: number): () => void {
  const announced = Number(request.get('content-length') ?? maxBytes);
  // a form is a little larger than the images in it
  const allowance = isMultipart(request) ? 65_536 : 0;
  if (announced > maxBytes + allowance) throw tooLarge(maxBytes);
  const release = memory.reserve(Math.min(announced, maxBytes));
  if (release !== null) return release;
  throw new Problem(503, 'HILUM_INTAKE_BUSY', 'Try again', 'too many uploads are under way', {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}

function readParameters(request: Request): { priority: Priority; idempotencyKey: string | null } {
  const idempotencyKey = request.get('idempotency-key') ?? null;
  if (idempotencyKey !== null && !IDEMPOTENCY_KEY.test(idempotencyKey))
    throw new Problem(
      400,
      'HILUM_INTAKE_IDEMPOTENCY_KEY_INVALID',
      'Bad Idempotency-Key',
      'the header Idempotency-Key must be 1 to 200 printable ASCII characters',
    );
  return { priority: readPriority(request.query['priority']), idempotencyKey };
}

function readPriority(value: unknown): Priority {
  if (value === undefined) return 'routine';
  const found = PRIORITIES.find((priority) => priority === value);
  if (found !== undefined) return found;
  throw new Problem(
    400,
    'HILUM_INTAKE_PRIORITY_INVALID',
    'Bad priority',
    `priority must be one of ${PRIORITIES.join(', ')}`,
  );
}
