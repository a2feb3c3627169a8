import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { tmpdir, userInfo } from 'node:os';
import { lockHolder, tryLock, type HeldLock } from '../../bin/lib/file-lock.mjs';
import { UsageError } from './fleet-config.js';
import { portHolder } from './port-holder.js';

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
    const problems: string[] = [];
    const fixed = this.#fixedPorts(names, problems);
    if (problems.length > 0) throw new UsageError(problems.join('\n'));
    const ports: Record<string, number> = {};
    const taken: string[] = [];
    for (const [name, port] of fixed) {
      if (before[name] === port && this.#held.has(port)) ports[name] = port;
      else if (await this.#reserve(port)) ports[name] = port;
      else taken.push(await this.#obstacle(name, port));
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

  /**
   * What is wrong with the ports fixed by the environment, without reserving any.
   * @returns one line each, naming variable and fix
   */
  async problems(names: readonly string[]): Promise<string[]> {
    const problems: string[] = [];
    for (const [name, port] of this.#fixedPorts(names, problems)) {
      if (lockHolder(this.#reservation(port)) !== null || (await bindError(port)) !== null)
        problems.push(await this.#obstacle(name, port));
    }
    return problems;
  }

  release(): void {
    for (const held of this.#held.values()) held.release();
    this.#held.clear();
  }

  #fixedPorts(names: readonly string[], problems: string[]): Map<string, number> {
    const fixed = new Map<string, number>();
    for (const name of names) {
      const value = this.#env[portVariable(name)];
      if (value === undefined || value === '') continue;
      const port = Number(value);
      if (!Number.isInteger(port) || port < 1 || port > 65_535) {
        problems.push(`${portVariable(name)}=${value}: must be a port number, 1 to 65535`);
        continue;
      }
      const other = [...fixed].find(([, given]) => given === port);
      if (other === undefined) fixed.set(name, port);
      else problems.push(`${portVariable(name)}=${port}: ${portVariable(other[0])} is the same port`);
    }
    return fixed;
  }

  /** Why a fixed port cannot be had, and what to do. */
  async #obstacle(name: string, port: number): Promise<string> {
    const setting = `${portVariable(name)}=${port}`;
    const fleet = lockHolder(this.#reservation(port));
    if (fleet !== null) return `${setting}: this port is kept for the fleet of supervisor ${fleet.pid}; choose another`;
    if ((await bindError(port)) === 'EACCES')
      return `${setting}: this user may not listen on this port; choose one above 1023`;
    const holder = portHolder(port);
    const by = holder === null ? '' : ` by ${holder.command} (pid ${holder.pid})`;
    return `${setting}: this port is taken${by}; free it or choose another`;
  }

  #reservation(port: number): string {
    return join(this.#reservationDir, String(port));
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
    const result = tryLock(this.#reservation(port));
    if (!('release' in result)) return false;
    if ((await bindError(port)) === null) {
      this.#held.set(port, result);
      return true;
    }
    result.release();
    return false;
  }
}

/**
 * Why the port cannot be bound, or null when it is free on every address: a server that listens on 0.0.0.0 would share
 * a loopback port silently.
 */
async function bindError(port: number): Promise<string | null> {
  for (const host of ['0.0.0.0', '127.0.0.1']) {
    const server = createServer();
    const error = await listen(server, port, host);
    await new Promise<void>((resolve) => server.close(() => resolve()));
    if (error !== null) return error;
  }
  return null;
}

function listen(server: Server, port: number, host: string): Promise<string | null> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host, exclusive: true }, () => resolve(null));
  });
}
