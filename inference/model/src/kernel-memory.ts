/** The little of WebAssembly that is used; TypeScript tells of it only together with the browser's other names. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
};

/** What every kernel has beside its functions; addresses and numbers are those of its memory. */
export interface Kernel {
  memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
}

const PAGE = 65_536;

/** An instance of its own of a module of `kernel/`. Each thread has one. */
export function openKernel<Exports extends Kernel>(bytes: Uint8Array): Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Exports;
}

/** Its memory, at least so long. It is another one when it had to grow, and views of the one before are of no use. */
export function reserve({ memory }: Kernel, bytes: number): ArrayBuffer {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  return memory.buffer;
}
