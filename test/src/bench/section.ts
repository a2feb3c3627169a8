/** What the command line asks for. */
export interface BenchOptions {
  /** null: radiographs are drawn */
  images: string | null;
  /** folder of the release that the service and its peers score with */
  release: string;
  /** folder of its quantised form, null: not measured */
  quantised: string | null;
  /** of one measurement; servers take turns with so many */
  burstImages: number;
  /** over which memory is watched */
  memoryImages: number;
  /** whose hour the hub's ledger reads again, and that the console shows */
  sites: number;
  /** results in the ledger when the console is measured */
  consoleResults: number;
  /** results in the ledger when summaries are measured */
  summaryResults: number;
}

/** One part of the results. */
export interface Section {
  name: string;
  numbers: unknown;
  markdown: string;
}

/** Names of so many sites, `bench-0001` the first. */
export function benchSites(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `bench-${String(index + 1).padStart(4, '0')}`);
}
