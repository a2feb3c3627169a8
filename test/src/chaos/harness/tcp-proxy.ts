import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** How a line fails: `refused` like a host that is down, `silent` like a cable that was pulled. */
export type CutMode = 'refused' | 'silent';

/** A line between two programs that can be cut and mended. Connections of before a refusing cut are gone for good. */
export class TcpProxy {
  readonly #target: { host: string; port: number };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #cut: CutMode | null = null;

  private constructor(target: { host: string; port: number }) {
    this.#target = target;
    this.#server = createServer({ pauseOnConnect: true }, (near) => this.#join(near));
  }

  static async start(target: { host: string; port: number }): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  cut(mode: CutMode): void {
    this.#cut = mode;
    for (const socket of this.#sockets) {
      if (mode === 'refused') socket.destroy();
      else socket.pause();
    }
  }

  mend(): void {
    this.#cut = null;
    for (const socket of this.#sockets) socket.resume();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #join(near: Socket): void {
    if (this.#cut === 'refused') {
      near.destroy();
      return;
    }
    const far = connect(this.#target);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (chunk) => {
        // a slow reader holds up the writer, as on a real line
        if (to.write(chunk)) return;
        from.pause();
        to.once('drain', () => this.#cut === null && from.resume());
      });
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
    if (this.#cut === null) near.resume();
    else far.pause();
  }
}
