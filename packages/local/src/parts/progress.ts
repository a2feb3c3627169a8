/** Tells people how far something has come; parts and processes report the same way. */
export interface ProgressReport {
  /** such as `store` or `st-agnes-kafka` */
  subject: string;
  phase: 'working' | 'ready' | 'failed' | 'waiting';
  /** a few words, such as `142 of 610 packages` */
  detail: string;
}
export type ReportProgress = (report: ProgressReport) => void;
