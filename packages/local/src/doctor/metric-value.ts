/** The value of one sample in Prometheus' text format; null when it is not there. @param sample name, with labels if any */
export function metricValue(text: string, sample: string): number | null {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${sample} `));
  const value = Number(line?.slice(sample.length + 1));
  return line === undefined || Number.isNaN(value) ? null : value;
}

/** The labels of the first sample with this name; null when there is none. */
export function metricLabels(text: string, name: string): Record<string, string> | null {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name}{`));
  if (line === undefined) return null;
  return Object.fromEntries([...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', value = '']) => [label, value]));
}
