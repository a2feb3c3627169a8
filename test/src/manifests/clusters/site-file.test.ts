import { describe, expect, it } from 'vitest';
import { readSiteFile } from './site-file.js';

const LINES = {
  'hilum.org/site-name': 'st-agnes',
  'hilum.org/platform': 'kubernetes',
  'hilum.org/hub-kafka-brokers': 'kafka.hub.example.org:9094',
  'hilum.org/hub-kafka-cidr': '192.0.2.0/28',
  'hilum.org/public-host': 'hilum.st-agnes.example.org',
  'hilum.org/api-server-cidr': '198.51.100.10/32',
};

describe("a hospital's file", () => {
  it('gives its values', () => {
    expect(readSiteFile('st-agnes', file(LINES))).toEqual({
      'site-name': 'st-agnes',
      platform: 'kubernetes',
      'hub-kafka-brokers': 'kafka.hub.example.org:9094',
      'hub-kafka-cidr': '192.0.2.0/28',
      'public-host': 'hilum.st-agnes.example.org',
      'api-server-cidr': '198.51.100.10/32',
    });
  });

  it.each([
    ['hilum.org/site-name', 'St Agnes', 'hilum.org/site-name: give lower-case letters, digits and -'],
    ['hilum.org/site-name', 'riverside', 'it is riverside, but the folder is st-agnes; name both alike'],
    ['hilum.org/platform', 'k8s', 'hilum.org/platform: give one of kubernetes, openshift, openshift-v1beta2, one-node'],
    ['hilum.org/hub-kafka-brokers', 'kafka.hub.example.org', 'hilum.org/hub-kafka-brokers: give host:port'],
    ['hilum.org/hub-kafka-brokers', 'kafka.hub.example.org:99999', 'hilum.org/hub-kafka-brokers: give host:port'],
    ['hilum.org/hub-kafka-cidr', '192.0.2.0', 'hilum.org/hub-kafka-cidr: give addresses such as 192.0.2.0/28'],
    ['hilum.org/api-server-cidr', '192.0.2.0/33', 'hilum.org/api-server-cidr: give addresses such as'],
    ['hilum.org/public-host', 'https://x.example.org/', 'hilum.org/public-host: give a full name'],
    ['hilum.org/platfrom', 'one-node', 'hilum.org/platfrom: nothing reads it; take it away'],
    ['site-name', 'st-agnes', 'site-name: every line begins with hilum.org/'],
  ])('with %s: %s says what is wrong and the fix', (line, wrong, told) => {
    expect(() => readSiteFile('st-agnes', file({ ...LINES, [line]: wrong }))).toThrow(told);
  });

  it.each(Object.keys(LINES))('without %s names the line', (line) => {
    const rest = Object.fromEntries(Object.entries(LINES).filter(([name]) => name !== line));
    expect(() => readSiteFile('st-agnes', file(rest))).toThrow(`${line}: give `);
  });

  it('says all that is wrong at once, and where', () => {
    const wrong = { ...LINES, 'hilum.org/platform': 'k8s', 'hilum.org/hub-kafka-cidr': 'anywhere' };
    expect(() => readSiteFile('st-agnes', file(wrong))).toThrow(
      /sites\/st-agnes\/kustomization\.yaml:\n.*platform.*\n.*hub-kafka-cidr/,
    );
  });

  it('is nothing but a component of values', () => {
    expect(() => readSiteFile('st-agnes', `${file(LINES)}resources: [more.yaml]\n`)).toThrow('"resources"');
  });
});

function file(annotations: Record<string, string>): string {
  const lines = Object.entries(annotations).map(([name, text]) => `  ${name}: ${JSON.stringify(text)}\n`);
  return `apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncommonAnnotations:\n${lines.join('')}`;
}
