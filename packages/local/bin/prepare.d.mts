export declare class PrepareError extends Error {}
export interface PrepareOptions {
  report?: (line: string) => void;
  root?: string;
  allPrerequisites?: boolean;
}
export declare const repositoryRoot: string;
export declare function prepare(options?: PrepareOptions): Promise<void>;
export declare function installDependencies(root: string, report: (line: string) => void): Promise<void>;
export declare function compile(root: string, report: (line: string) => void): Promise<void>;
export declare function bundleService(root: string, report: (line: string) => void): Promise<void>;
export declare function buildConsole(root: string, report: (line: string) => void): Promise<void>;
