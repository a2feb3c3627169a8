import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { tmpdir, userInfo } from 'node:os';
import { tryLock, type HeldLock } from '../../bin/lib/file-lock.mjs';
import { UsageError } from './fleet-config.js';

/**
 * Below the range the system takes ports for outgoing connections from (from 32768 on Linux). A server's port inside
 * that range can be taken by anybody's client while the server restarts, even by its own client: connecting to a dead
 * local port again and again ends, sooner or later, connected to itself.
 */
const RANGE = { from: 20_000, to: 32_000 };

/** The environment variable that fixes a port: hub-kafka is fixed by HILUM_HUB_KAFKA_PORT. */
export function portVariable(name: string): string {
  return `HILUM_${name.toUpperCase().replaceAll('-', '_')}_PORT`;
}

export interface PortsOptions {
  env: NodeJS.ProcessEnv;
  /** Machine-wide folder of reservations. */
  reservationDir?: string;
  /** A number in [0, 1). */
  random?: () => number;
}

/**
 * The ports of one fleet. Each is reserved, machine-wide, for as long as the fleet runs: two fleets that start at the
 * same time would otherwise find the same port free before either has bound it.
 */
export class Ports {
  readonly #env: NodeJS.ProcessEnv;
  readonly #reservationDir: string;
  readonly #random: () => number;
  readonly #held = new Map<number, HeldLock>();

  constructor({ env, reservationDir, random = Math.random }: PortsOptions) {
    this.#env = env;
    this.#reservationDir = reservationDir ?? join(tmpdir(), `hilum-ports-${userInfo().uid}`);
    this.#random = random;
  }

  /**
   * A port for every name: the one fixed by the environment, else the one it had before while that is free, else a
   * free one.
   * @param before ports given earlier; those already reserved here are kept as they are
   * @throws UsageError naming every variable whose value is no port, is taken, or is given twice
   */
  async allocate(names: readonly string[], before: Readonly<Record<string, number>>): Promise<Record<string, number>> {
    const fixed = this.#fixedPorts(names);
    const ports: Record<string, number> = {};
    const taken: string[] = [];
    for (const [name, port] of fixed) {
      if (before[name] === port && this.#held.has(port)) ports[name] = port;
      else if (await this.#reserve(port)) ports[name] = port;
      else taken.push(`${portVariable(name)}=${port}: this port is taken; free it or choose another`);
    }
    if (taken.length > 0) throw new UsageError(taken.join('\n'));
    for (const name of names) {
      if (ports[name] !== undefined) continue;
      const last = before[name];
      ports[name] =
        last !== undefined && (this.#held.has(last) || (await this.#reserve(last))) ? last : await this.#any();
    }
    return ports;
  }

  release(): void {
    for (const held of this.#held.values()) held.release();
    this.#held.clear();
  }

  #fixedPorts(names: readonly string[]): Map<string, number> {
    const fixed = new Map<string, number>();
    const problems: string[] = [];
    for (const name of names) {
      const value = this.#env[portVariable(name)];
      if (value === undefined || value === '') continue;
      const port = Number(value);
      if (!Number.isInteger(port) || port < 1 || port > 65_535) {
        problems.push(`${portVariable(name)}=${value}: must be a port number, 1 to 65535`);
        continue;
      }
      const other = [...fixed].find(([, given]) => given === port);
      if (other !== undefined)
        problems.push(`${portVariable(name)}=${port}: ${portVariable(other[0])} is the same port`);
      fixed.set(name, port);
    }
    if (problems.length > 0) throw new UsageError(problems.join('\n'));
    return fixed;
  }

  async #any(): Promise<number> {
    for (let tries = 0; tries < 1_000; tries += 1) {
      const port = RANGE.from + Math.floor(this.#random() * (RANGE.to - RANGE.from));
      if (!this.#held.has(port) && (await this.#reserve(port))) return port;
    }
    throw new UsageError(`no free port between ${RANGE.from} and ${RANGE.to}`);
  }

  async #reserve(port: number): Promise<boolean> {
    if (this.#held.has(port)) return false;
    const result = tryLock(join(this.#reservationDir, String(port)));
    if (!('release' in result)) return false;
    if (await canBind(port)) {
      this.#held.set(port, result);
      return true;
    }
    result.release();
    return false;
  }
}

/** Whether the port is free on every address: a server that listens on 0.0.0.0 would share a loopback port silently. */
async function canBind(port: number): Promise<boolean> {
  for (const host of ['0.0.0.0', '127.0.0.1']) {
    const server = createServer();
    const bound = await listen(server, port, host);
    await new Promise<void>((resolve) => server.close(() => resolve()));
    if (!bound) return false;
  }
  return true;
}

function listen(server: Server, port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => resolve(true));
  });
}
