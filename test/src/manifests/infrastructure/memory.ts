import type { ManifestObject } from '../judge/finding.js';

const UNITS = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 } as const;
const MIB = 2 ** 20;

/** One thing that asks for memory. */
export interface MemoryRequest {
  what: string;
  mebibytes: number;
}

/** Every memory request in an object, each times its copies; in charts' values and operators' resources as in pods. */
export function memoryRequests(object: ManifestObject): MemoryRequest[] {
  const name = `${object.kind ?? ''} ${object.metadata?.name ?? ''}`;
  return requestsIn(object, name, 1);
}

function requestsIn(value: unknown, what: string, copies: number): MemoryRequest[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => requestsIn(item, what, copies));
  if (value === null || typeof value !== 'object') return [];
  const fields = value as Record<string, unknown>;
  const own = [fields['replicas'], fields['instances']].find((count) => typeof count === 'number') ?? 1;
  const requests = fields['requests'] as { memory?: unknown } | undefined;
  const found: MemoryRequest[] = [];
  if (typeof requests === 'object' && typeof requests.memory === 'string')
    found.push({ what, mebibytes: (bytesOf(requests.memory) * copies) / MIB });
  return Object.entries(fields).reduce(
    (all, [key, item]) => (key === 'requests' ? all : [...all, ...requestsIn(item, `${what} ${key}`, copies * own)]),
    found,
  );
}

/** @throws Error for an amount in another form than `512Mi` */
export function bytesOf(amount: string): number {
  const [, number, unit] = /^(\d+)(Ki|Mi|Gi)$/.exec(amount) ?? [];
  if (number === undefined) throw new Error(`${amount} is not an amount of memory such as 512Mi`);
  return Number(number) * UNITS[unit as keyof typeof UNITS];
}
