import { isIPv4 } from 'node:net';
import { parse } from 'yaml';
import { z } from 'zod';
import { SITE_PLATFORMS } from '../render/platforms.js';

const PREFIX = 'hilum.org/';

const SITE_NAME = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/;
const HOST = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/;

const value = (fix: string, isRight: (text: string) => boolean): z.ZodType<string> =>
  z.string({ error: `give ${fix}` }).refine(isRight, { error: `give ${fix}` });

/** What each line of a hospital's file is, without the prefix `hilum.org/`; docs/bootstrap.md says the same. */
const siteSchema = z.strictObject({
  'site-name': value('lower-case letters, digits and -, at most 40, the same as its folder', (text) =>
    SITE_NAME.test(text),
  ),
  platform: value(`one of ${SITE_PLATFORMS.join(', ')}`, (text) => SITE_PLATFORMS.some((name) => name === text)),
  'hub-kafka-brokers': value("host:port of the hub's listener for hospitals, several with commas", (text) =>
    text.split(',').every((broker) => isHostAndPort(broker)),
  ),
  'hub-kafka-cidr': value('addresses such as 192.0.2.0/28', isCidr),
  'public-host': value('a full name such as hilum.hospital.example, without https:// and path', (text) =>
    HOST.test(text),
  ),
  'api-server-cidr': value('addresses such as 192.0.2.10/32', isCidr),
});

export type SiteValues = z.infer<typeof siteSchema>;

const fileSchema = z.strictObject({
  apiVersion: z.literal('kustomize.config.k8s.io/v1alpha1'),
  kind: z.literal('Component'),
  commonAnnotations: z.record(z.string(), z.unknown()),
});

/**
 * The values of a hospital's file, `gitops/clusters/sites/<folder>/kustomization.yaml`.
 * @throws Error naming the file, every line of it that is wrong, and how to put it right
 */
export function readSiteFile(folder: string, text: string): SiteValues {
  const problems: string[] = [];
  const file = fileSchema.safeParse(parse(text));
  if (!file.success) problems.push(...file.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`));
  const annotations = file.data?.commonAnnotations ?? {};
  const foreign = Object.keys(annotations).filter((name) => !name.startsWith(PREFIX));
  problems.push(...foreign.map((name) => `${name}: every line begins with ${PREFIX}`));
  const values = siteSchema.safeParse(
    Object.fromEntries(
      Object.entries(annotations)
        .filter(([name]) => name.startsWith(PREFIX))
        .map(([name, given]) => [name.slice(PREFIX.length), given]),
    ),
  );
  if (!values.success && file.success)
    for (const issue of values.error.issues)
      if (issue.code === 'unrecognized_keys')
        problems.push(...issue.keys.map((key) => `${PREFIX}${key}: nothing reads it; take it away`));
      else problems.push(`${PREFIX}${issue.path.join('.')}: ${issue.message}`);
  if (values.data !== undefined && values.data['site-name'] !== folder)
    problems.push(
      `${PREFIX}site-name: it is ${values.data['site-name']}, but the folder is ${folder}; name both alike`,
    );
  if (problems.length === 0 && values.data !== undefined) return values.data;
  throw new Error(`gitops/clusters/sites/${folder}/kustomization.yaml:\n${problems.join('\n')}`);
}

function isHostAndPort(text: string): boolean {
  const [host = '', port = '', ...rest] = text.split(':');
  return rest.length === 0 && HOST.test(host) && /^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65_536;
}

function isCidr(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/');
  return rest.length === 0 && isIPv4(address) && /^\d{1,2}$/.test(bits) && Number(bits) <= 32;
}
