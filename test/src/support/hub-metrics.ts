import { siteTopics } from '@hilum/contracts';

/** Results that the hub got and had already, as its metrics count them since it started. */
export async function duplicatesAtHub(hubUrl: string): Promise<number> {
  const response = await fetch(`${hubUrl}/metrics`);
  const text = await response.text();
  const line = new RegExp(
    `^hilum_hub_events_total\\{[^}]*topic="${siteTopics.results}"[^}]*outcome="duplicate"[^}]*\\} (\\d+)`,
    'm',
  );
  return Number(line.exec(text)?.[1] ?? 0);
}
