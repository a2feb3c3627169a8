import { describe, expect, it } from 'vitest';
import { HUB_BOUND_TOPICS, mirroredTopic, mirroredTopics, parseMirroredTopic, siteTopics } from './topics.js';

describe('topic names', () => {
  it('are those that sites, mirrors and manifests are set up with', () => {
    expect(siteTopics).toEqual({
      uploads: 'xray.uploads.v1',
      uploadsDeadLetter: 'xray.uploads.dlq.v1',
      studyScored: 'study.scored.v1',
      results: 'results.deid.v1',
      feedback: 'feedback.deid.v1',
      heartbeat: 'heartbeat.v1',
      audit: 'audit.v1',
    });
  });

  it('let four topics leave a site, and none that may hold a key or a local id', () => {
    expect([...HUB_BOUND_TOPICS]).toEqual(['results.deid.v1', 'feedback.deid.v1', 'heartbeat.v1', 'audit.v1']);
  });
});

describe('a mirrored topic', () => {
  it('comes back as the same site and topic when parsed', () => {
    for (const site of ['a', 'st-agnes', 'site-3', '0', `a${'-'.repeat(38)}b`])
      for (const topic of HUB_BOUND_TOPICS)
        expect(parseMirroredTopic(mirroredTopic(site, topic))).toEqual({ site, topic });
  });

  it('is one of four for each site', () => {
    expect(mirroredTopics('riverside')).toEqual([
      'riverside.results.deid.v1',
      'riverside.feedback.deid.v1',
      'riverside.heartbeat.v1',
      'riverside.audit.v1',
    ]);
  });

  it.each(['', 'St-Agnes', 'st.agnes', '-agnes', 'agnes-', 'st_agnes', 'é', 'a b', 'a'.repeat(41), 'a\n', '../hub'])(
    'is refused for the site name %j, which would not prove where a result came from',
    (site) => {
      expect(() => mirroredTopic(site, siteTopics.results)).toThrow(RangeError);
      expect(parseMirroredTopic(`${site}.results.deid.v1`)).toBeNull();
    },
  );

  it.each([
    'results.deid.v1',
    'st-agnes',
    'st-agnes.',
    '.results.deid.v1',
    'st-agnes.study.scored.v1',
    'st-agnes.xray.uploads.v1',
    'st-agnes.results.deid.v2',
    'st-agnes.results.deid.v1.dlq',
    'hub.st-agnes.results.deid.v1',
    'mm2-offsets.st-agnes.internal',
  ])('is not what %j is', (name) => {
    expect(parseMirroredTopic(name)).toBeNull();
  });
});
