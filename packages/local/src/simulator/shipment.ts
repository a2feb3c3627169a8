import type { Priority, TraceContext } from '@hilum/contracts';
import type { SimulatedImage } from './simulated-image.js';
import type { TargetSite } from './site-list.js';

export const WAYS = ['s3', 'http'] as const;
export type Way = (typeof WAYS)[number];

/** One image on its way: what stays the same however often it is tried. */
export interface Shipment {
  image: SimulatedImage;
  key: string;
  /** the same for every try, so that a try whose answer was lost does not make a second study */
  idempotencyKey: string;
  priority: Priority;
  trace: TraceContext;
}

/** One of the two ways into a site. */
export interface ShipmentClient {
  /** Resolves when the site has taken the image. @throws ShipmentRefusedError, or whatever the connection failed with */
  send(site: TargetSite, shipment: Shipment, signal: AbortSignal): Promise<void>;
}

/** The site answered, and not with yes. */
export class ShipmentRefusedError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`HILUM_SIMULATOR_REFUSED: the site answered ${status}`);
    this.name = 'ShipmentRefusedError';
    this.status = status;
  }

  /** Whether this image would be refused however often it came; a wrong token or a full site may change. */
  get isFinal(): boolean {
    return [400, 411, 413, 415, 422].includes(this.status);
  }
}

/** Why a try failed, in words that hold nothing of the request: its key carries a (made-up) patient's name. */
export function failureOf(error: unknown): string {
  if (error instanceof ShipmentRefusedError) return String(error.status);
  if (!(error instanceof Error)) return 'unknown';
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return code;
  return error.cause instanceof Error ? failureOf(error.cause) : error.name;
}
