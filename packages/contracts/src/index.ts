export { SITE_NAME_PATTERN, isSiteName, siteName, type SiteName } from './site-name.js';
export {
  HUB_BOUND_TOPICS,
  mirroredTopic,
  mirroredTopics,
  parseMirroredTopic,
  siteTopics,
  type HubBoundTopic,
  type SiteTopic,
} from './topics.js';
export {
  OWN_KEY_PATTERN,
  derivedTraceId,
  imageIdOf,
  listedKeyOf,
  ownKey,
  parseSiteKey,
  pseudonymOf,
  scoreEventIdOf,
  studyIdOf,
  type ObjectIdentity,
  type PseudonymPurpose,
  type SiteKey,
} from './ids.js';
export { PROBE_KEY_PREFIX, isProbeKey, probeKey } from './probe-object.js';
export { childSpan, formatTraceparent, parseTraceparent, type TraceContext } from './trace-context.js';
export {
  DECISIONS,
  DOUBTS,
  REASONS,
  REVIEW_REASONS,
  UNREADABLE_REASONS,
  decide,
  decision,
  isUrgent,
  reason,
  type Decision,
  type DecisionOutcome,
  type DecisionThresholds,
  type Doubt,
  type Finding,
  type Reason,
  type ReviewReason,
  type UnreadableReason,
} from './decision-rule.js';
export { GIVE_UP_ATTRIBUTE, GIVE_UP_CAUSES, giveUpCause, type GiveUpCause } from './give-up.js';
export {
  REJECTION_CODES,
  decodeEvent,
  decodeKafkaEvent,
  describeIssues,
  encodeKafkaEvent,
  kafkaHeader,
  sourceOf,
  type CloudEvent,
  type Decoded,
  type KafkaHeaders,
  type RejectionCode,
} from './cloud-event.js';
export {
  CORRECTIONS,
  IMAGE_KINDS,
  PRIORITIES,
  hmacHex,
  imageStats,
  inputDescription,
  modelReference,
  priority,
  scoredInput,
  timingsMs,
  utcTime,
  type Correction,
  type InputDescription,
  type ModelReference,
  type Priority,
  type ScoredInput,
  type TimingsMs,
} from './events/parts.js';
export {
  STUDY_SCORED_TYPE,
  heatMapKeyOf,
  resultKeyOf,
  resultObject,
  resultPrefixOf,
  studyScored,
  type ResultObject,
  type StudyScored,
} from './events/study-scored.js';
export { RESULT_RECORDED_TYPE, resultRecorded, type ResultRecorded } from './events/result-recorded.js';
export {
  COMPONENT_STATES,
  LATENCY_BOUNDS_MS,
  SITE_HEARTBEAT_TYPE,
  siteHeartbeat,
  type ComponentState,
  type SiteHeartbeat,
} from './events/site-heartbeat.js';
export { hilumCommand } from './hilum-command.js';
export {
  FEEDBACK_LABELS,
  FEEDBACK_REASONS,
  FEEDBACK_RECORDED_TYPE,
  feedbackRecorded,
  type FeedbackRecorded,
} from './events/feedback-recorded.js';
export { AUDIT_ACTIONS, AUDIT_RECORDED_TYPE, auditRecorded, type AuditRecorded } from './events/audit-recorded.js';
export { hubBoundEvents } from './events/hub-bound.js';
export {
  KEY_ENCODINGS,
  NOTIFICATION_REJECTION_CODES,
  normaliseNotification,
  notificationFor,
  type CreatedObject,
  type KeyEncoding,
  type NormalisedNotification,
  type NotificationOptions,
  type NotificationRejectionCode,
} from './store-notification/normalise.js';
export {
  COMPLIANCE_STATES,
  REMEDIATIONS,
  SEVERITIES,
  fleetReport,
  policy,
  policyName,
  type ComplianceState,
  type FleetReport,
  type Policy,
  type Remediation,
  type Severity,
} from './fleet-report.js';
