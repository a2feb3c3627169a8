export { KERNELS, loadRelease, parseRelease, releaseSchema, type LoadedRelease, type Release } from './release.js';
export { RELEASE_ERROR_CODES, ReleaseError, type ReleaseErrorCode } from './release-error.js';
export { loadModel, type Model } from './model.js';
export type { ActivationMaps, ModelOptions, Prediction } from './network.js';
export { startModel, type ThreadedModel, type ThreadedModelOptions } from './threaded-model.js';
export { DEFAULT_DECODE_LIMITS, type DecodeLimits } from './decode-limits.js';
export { loadLibraries } from './load-libraries.js';
export { probabilitiesOf } from './calibration-rule.js';
export { GATE_CLASSES, type GateClass } from './gate-rule.js';
export { HEAT_MAP_MAX_SIDE } from './heat-map-size.js';
export { withInputTensor } from './grey/input-tensor.js';
export type { Examined } from './examine.js';
export type { ExamineOptions, FileExamination, LeftFile } from './examine-file.js';
export {
  examineImage,
  prepareImage,
  scoreImage,
  type Examination,
  type ImageScore,
  type PreparedImage,
  type ScoreOptions,
} from './score-image.js';
