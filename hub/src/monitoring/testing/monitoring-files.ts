import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';

/** hub/monitoring */
const FOLDER = new URL('../../../monitoring/', import.meta.url);

const recordingRule = z.strictObject({ record: z.string(), expr: z.string() });
const alertRule = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.strictObject({ severity: z.enum(['warning', 'critical']) }),
  annotations: z.strictObject({ summary: z.string(), description: z.string(), runbook: z.string() }),
});
export type AlertRule = z.infer<typeof alertRule>;

const ruleFile = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      interval: z.string().optional(),
      rules: z.array(z.union([recordingRule, alertRule])),
    }),
  ),
});

const testFile = z.object({
  tests: z.array(
    z.object({
      name: z.string(),
      alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })),
    }),
  ),
});

function pathsIn(folder: string, ending: string): string[] {
  const url = new URL(folder, FOLDER);
  return readdirSync(url)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => fileURLToPath(new URL(name, url)));
}

const read = (path: string): unknown => parse(readFileSync(path, 'utf8'));

export const ruleFiles = pathsIn('rules/', '.rules.yaml');
export const ruleTestFiles = pathsIn('rules/tests/', '.test.yaml');
export const dashboardFiles = pathsIn('dashboards/', '.json');

const rules = ruleFiles.flatMap((path) => ruleFile.parse(read(path)).groups.flatMap((group) => group.rules));
export const alertRules: readonly AlertRule[] = rules.filter((rule) => 'alert' in rule);
export const recordedNames: readonly string[] = rules.flatMap((rule) => ('record' in rule ? [rule.record] : []));

/** What is asked of the alert: whether it is there or not, at each time that is looked at. */
export const alertChecks: readonly { alert: string; fires: boolean }[] = ruleTestFiles.flatMap((path) =>
  testFile
    .parse(read(path))
    .tests.flatMap((test) =>
      test.alert_rule_test.map((check) => ({ alert: check.alertname, fires: check.exp_alerts.length > 0 })),
    ),
);

/** Every expression of rules and dashboards, with where it is. */
export const expressions: readonly { where: string; expr: string }[] = [
  ...rules.map((rule) => ({ where: 'alert' in rule ? rule.alert : rule.record, expr: rule.expr })),
  ...dashboardFiles.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)].map(([, text = '""']) => ({
      where: path.slice(path.lastIndexOf('/') + 1),
      expr: String(JSON.parse(text)),
    })),
  ),
];

/** Hilum's own metrics in an expression; names with colons are recorded ones. */
export function metricNamesIn(expr: string): string[] {
  return [...expr.matchAll(/(?<![\w:])hilum_\w+(?![\w:])/g)].map(([name]) => name);
}

/** Recorded series in an expression. */
export function recordedNamesIn(expr: string): string[] {
  return [...expr.matchAll(/(?<![\w:])[a-z]+:hilum_\w+:\w+/g)].map(([name]) => name);
}
