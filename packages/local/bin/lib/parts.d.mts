export type PartName = 'kafka' | 'store';
export interface PartSource {
  key: string;
  version: string;
}
export declare function cacheFolder(root: string, env?: NodeJS.ProcessEnv): string;
export declare function partSources(packageDir: string): Record<PartName, PartSource>;
export declare const PART_MANIFEST: string;
export declare function absentParts(packageDir: string, cacheDir: string): PartName[];
