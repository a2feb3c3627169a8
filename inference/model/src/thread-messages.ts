import type { ExamineOptions, FileExamination, LeftFile } from './examine-file.js';
import type { ModelOptions, Prediction } from './network.js';
import type { ReleaseErrorCode } from './release-error.js';
import type { LoadedRelease, Release } from './release.js';

/** What a predicting thread is started with: verified already. */
export interface ThreadData {
  release: Release;
  onnx: LoadedRelease['onnx'];
  options: ModelOptions;
}

export type ToThread =
  | { kind: 'predict'; id: number; pixels: Float32Array<ArrayBuffer>; batch: number; areMapsWanted: boolean }
  | { kind: 'examine'; id: number; file: Uint8Array<ArrayBuffer>[]; options: ExamineOptions }
  /** free what is held and end */
  | { kind: 'close' };

export type FromThread =
  | { kind: 'opened' }
  /** it ends by itself */
  | { kind: 'unusable'; code: ReleaseErrorCode; message: string }
  | { kind: 'predicted'; id: number; prediction: Prediction }
  | { kind: 'examined'; id: number; examination: FileExamination | LeftFile }
  | { kind: 'failed'; id: number; error: Error };
