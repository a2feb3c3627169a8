export interface SourceFile {
  path: string;
  size: number;
  mtimeMs: number;
}
export declare function filesBelow(paths: readonly string[], accept?: (path: string) => boolean): SourceFile[];
export declare function stampOf(files: readonly SourceFile[]): string;
export declare function readStamp(file: string): string | null;
export declare function writeStamp(file: string, stamp: string): void;
