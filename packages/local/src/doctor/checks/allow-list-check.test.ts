import { HUB_BOUND_TOPICS, mirroredTopics } from '@hilum/contracts';
import { describe, expect, it } from 'vitest';
import { siteAccessRules } from '../../kafka/access-rules.js';
import { propertiesText } from '../../kafka/java-options.js';
import { mirrorProperties } from '../../kafka/mirror.js';
import { foreignTopics, mirrorFindings, parseProperties, ruleFindings, strayTopics } from './allow-list-check.js';

const identity = { ca: '/ca', cert: '/cert', key: '/key', keyStore: '/store' };
const written = (change: Record<string, string | boolean> = {}) => {
  const properties = {
    ...mirrorProperties({ site: 'st-agnes', siteBroker: 'a:1', hubBroker: 'b:1', identity }),
    ...change,
  };
  return mirrorFindings(parseProperties(propertiesText(properties)), 'st-agnes', 'kill 7');
};

describe("a mirror's settings", () => {
  it('as they are written are well', () => {
    expect(written()).toEqual([]);
  });

  it.each([
    [
      'a topic too many',
      { 'st-agnes->hub.topics': [...HUB_BOUND_TOPICS, 'study.scored.v1'].join() },
      'study.scored.v1',
    ],
    ['a pattern', { 'st-agnes->hub.topics': '.*' }, 'may not leave the hospital: .*'],
    ['a topic too few', { 'st-agnes->hub.topics': HUB_BOUND_TOPICS.slice(1).join() }, 'does not send results.deid.v1'],
    ['no topics', { 'st-agnes->hub.topics': '' }, 'does not send'],
    ['the other direction', { 'hub->st-agnes.enabled': true }, 'from the hub to the hospital'],
    ['no direction', { 'st-agnes->hub.enabled': false }, 'switched off'],
    ['at least once', { 'hub.exactly.once.source.support': 'disabled' }, 'exactly once'],
  ])('with %s are failed', (_, change, text) => {
    const findings = written(change);
    expect(findings.map(({ state, fix }) => [state, fix])).toContainEqual(['failed', 'kill 7']);
    expect(findings.map(({ detail }) => detail).join()).toContain(text);
  });

  it('that are missing altogether are failed', () => {
    expect(mirrorFindings(new Map(), 'st-agnes', 'x').length).toBeGreaterThan(0);
  });
});

describe('topics at the hub', () => {
  const usual = [...mirroredTopics('st-agnes'), 'st-agnes.checkpoints.internal', 'mm2-configs.st-agnes.internal'];

  it('of the allow-list, and the bookkeeping of brokers and mirrors, are well', () => {
    expect(strayTopics([...usual, '__consumer_offsets'], 'st-agnes')).toEqual([]);
    expect(foreignTopics([...usual, '__consumer_offsets'], ['st-agnes'])).toEqual([]);
  });

  it('with the prefix of a site but not of the allow-list are stray', () => {
    expect(strayTopics([...usual, 'st-agnes.xray.uploads.v1', 'st-agnes-2.audit.v1'], 'st-agnes')).toEqual([
      'st-agnes.xray.uploads.v1',
    ]);
  });

  it('of no site that is known are foreign', () => {
    expect(
      foreignTopics([...usual, 'riverside.audit.v1', 'mm2-configs.riverside.internal', 'x'], ['st-agnes']),
    ).toEqual(['mm2-configs.riverside.internal', 'riverside.audit.v1', 'x']);
  });
});

describe('what a site may do at the hub', () => {
  const expected = siteAccessRules('st-agnes');

  it('is well when it is exactly what it needs, in any order', () => {
    expect(ruleFindings(expected, expected.toReversed(), 'st-agnes', 'x')).toEqual([]);
  });

  it('is failed when it is more, with how to take it away', () => {
    const [first] = expected;
    if (first === undefined) expect.fail('no rules');
    const more = { ...first, resourceName: 'riverside.' };
    expect(ruleFindings(expected, [...expected, more], 'st-agnes', 'x')).toEqual([
      {
        state: 'failed',
        detail: "st-agnes may do more at the hub's broker than it needs: CREATE on TOPIC riverside.*",
        since: null,
        fix:
          'kafka-acls --remove --allow-principal User:st-agnes --operation CREATE ' +
          "--topic 'riverside.' --resource-pattern-type prefixed",
      },
    ]);
  });

  it('is failed when it is less, or denied', () => {
    expect(ruleFindings(expected, expected.slice(1), 'st-agnes', 'kill 7')).toMatchObject([
      { state: 'failed', fix: 'kill 7' },
    ]);
    const [first, ...rest] = expected;
    if (first === undefined) expect.fail('no rules');
    const denied = ruleFindings(expected, [{ ...first, permissionType: 2 }, ...rest], 'st-agnes', 'kill 7');
    expect(denied[0]?.detail).toContain('not CREATE on TOPIC st-agnes.*');
  });
});
