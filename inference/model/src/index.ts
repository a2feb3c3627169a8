export {
  KERNELS,
  RELEASE_ERROR_CODES,
  ReleaseError,
  loadRelease,
  parseRelease,
  releaseSchema,
  type LoadedRelease,
  type Release,
  type ReleaseErrorCode,
} from './release.js';
export { loadModel, type ActivationMaps, type Model, type ModelOptions, type Prediction } from './model.js';
export { DEFAULT_DECODE_LIMITS, type DecodeLimits } from './decode.js';
export { probabilitiesOf } from './calibration-rule.js';
export { examine, type Examined } from './examine.js';
export { GATE_CLASSES, type GateClass } from './gate-rule.js';
export { HEAT_MAP_MAX_SIDE } from './heat-map.js';
export { inputTensorOf } from './input-tensor.js';
export { prepareImage, scoreImage, type ImageScore, type PreparedImage, type ScoreOptions } from './score-image.js';
