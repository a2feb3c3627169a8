import type { PartName } from './parts.mjs';

export interface Prerequisite {
  name: string;
  neededFor: 'all' | 'servers' | 'root' | PartName;
  least: string;
  version: () => Promise<string | undefined>;
  how: string;
}
export declare const prerequisites: readonly Prerequisite[];
export declare const leastPrerequisites: readonly Prerequisite[];
export declare function prerequisitesFor(partsToFetch: readonly PartName[]): Prerequisite[];
export declare function isAtLeast(version: string, least: string): boolean;
export declare function missingPrerequisites(list?: readonly Prerequisite[]): Promise<string[]>;
