export { missingPrerequisites, prerequisites } from '../bin/lib/prerequisites.mjs';
export { identityOf, isRunning, type ProcessIdentity } from '../bin/lib/process-identity.mjs';
export { processTerminal } from './cli/terminal.js';
export { withProgress } from './cli/with-progress.js';
export { LOCAL_POLICIES } from './compliance/local-policies.js';
export { startFleet, type Fleet, type FleetOptions } from './fleet/fleet.js';
export { INFERENCE_ENTRY, INFERENCE_RUNTIME } from './fleet/service-spec.js';
export { UsageError } from './fleet/fleet-config.js';
export {
  readFleetState,
  type FleetState,
  type HubState,
  type ProcessRecord,
  type SiteState,
} from './fleet/fleet-state.js';
export { Ports } from './fleet/ports.js';
export { cachedPart, type Part } from './parts/part-cache.js';
export { fetchParts, type Parts } from './parts/parts.js';
export { cacheDir } from './parts/paths.js';
export type { ReportProgress } from './parts/progress.js';
export { runTool, type ToolRun } from './parts/run-tool.js';
export { hubServiceAccessRules, siteAccessRules } from './kafka/access-rules.js';
export { mirrorProperties } from './kafka/mirror.js';
export { hubTopicPlan, siteTopicPlan } from './kafka/topic-plan.js';
export { Pki, type IdentityFiles } from './pki/pki.js';
export { drawDicom, drawRadiograph, type Finding } from './simulator/radiograph/draw-radiograph.js';
export { seededRandom, shuffled, type Random } from './simulator/radiograph/random.js';
export { endProcesses, type EndableProcess } from './supervisor/end-processes.js';
