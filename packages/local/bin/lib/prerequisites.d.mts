export interface Prerequisite {
  name: string;
  least: string;
  version: () => Promise<string | undefined>;
  how: string;
}
export declare const prerequisites: readonly Prerequisite[];
export declare function isAtLeast(version: string, least: string): boolean;
export declare function missingPrerequisites(list?: readonly Prerequisite[]): Promise<string[]>;
