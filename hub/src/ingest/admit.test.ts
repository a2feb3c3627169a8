import { siteTopics } from '@hilum/contracts';
import { describe, expect, it } from 'vitest';
import { sampleAudit, sampleFeedback, sampleHeartbeat, sampleMessage, sampleResult } from '../testing/sample-events.js';
import { admit } from './admit.js';

const result = sampleResult('st-agnes', 1);

function refusalOf(message: Parameters<typeof admit>[0]): { code: string; detail: string; mayBeIdentity: boolean } {
  const admission = admit(message);
  if (admission.kind === 'admitted') throw new Error('was admitted');
  return admission.refusal;
}

describe('admit', () => {
  it.each([
    [siteTopics.results, result],
    [siteTopics.feedback, sampleFeedback('st-agnes', 2)],
    [siteTopics.heartbeat, sampleHeartbeat('st-agnes', 0)],
    [siteTopics.audit, sampleAudit('st-agnes', 3)],
  ] as const)('admits a conforming event on %s', (topic, data) => {
    expect(admit(sampleMessage(topic, data))).toMatchObject({ kind: 'admitted', admitted: { topic, event: { data } } });
  });

  it('refuses an event that names another site than its topic belongs to', () => {
    expect(refusalOf(sampleMessage(siteTopics.results, result, { topicSite: 'riverside' }))).toMatchObject({
      code: 'HILUM_HUB_SITE_MISMATCH',
      mayBeIdentity: true,
    });
  });

  it('refuses an event whose source is another site', () => {
    const message = sampleMessage(siteTopics.results, result, { source: '/sites/st-agnes-2/relay' });
    expect(refusalOf(message).code).toBe('HILUM_HUB_SOURCE_MISMATCH');
  });

  it('refuses a source that goes on after the process', () => {
    const message = sampleMessage(siteTopics.results, result, { source: '/sites/st-agnes/edge/Jane_Doe.jpeg' });
    expect(refusalOf(message)).toMatchObject({ code: 'HILUM_HUB_SOURCE_MISMATCH', mayBeIdentity: true });
  });

  it('refuses a key that is neither pseudonym nor site, and a header that no event has', () => {
    const message = sampleMessage(siteTopics.results, result);
    const keyed = { ...message, key: Buffer.from('Jane_Doe.jpeg') };
    expect(refusalOf(keyed)).toMatchObject({ code: 'HILUM_HUB_KEY_NOT_OPAQUE', mayBeIdentity: true });
    const headed = { ...message, headers: { ...message.headers, 'jane-doe': 'x' } };
    const refusal = refusalOf(headed);
    expect(refusal).toMatchObject({ code: 'HILUM_HUB_HEADERS_UNKNOWN', mayBeIdentity: true });
    expect(refusal.detail).not.toContain('jane');
  });

  it('takes a broken envelope for harmless only when nothing in it could name anybody', () => {
    const untimed = (change: { subject?: string }) => {
      const message = sampleMessage(siteTopics.results, result, change);
      return { ...message, headers: { ...message.headers, ce_time: 'noon' } };
    };
    expect(refusalOf(untimed({})).mayBeIdentity).toBe(false);
    expect(refusalOf(untimed({ subject: 'Jane Doe.jpeg' })).mayBeIdentity).toBe(true);
  });

  it('refuses an unknown field as possible identity and repeats neither its name nor its value', () => {
    const value = JSON.stringify({ ...result, patientJaneDoe: 'Jane Doe' });
    const refusal = refusalOf(sampleMessage(siteTopics.results, result, { value }));
    expect(refusal).toMatchObject({ code: 'HILUM_EVENT_DATA_INVALID', mayBeIdentity: true });
    expect(JSON.stringify(refusal)).not.toMatch(/jane/i);
  });

  it('refuses what is no JSON as possible identity', () => {
    const refusal = refusalOf(sampleMessage(siteTopics.results, result, { value: 'Jane Doe' }));
    expect(refusal).toMatchObject({ code: 'HILUM_EVENT_DATA_NOT_JSON', mayBeIdentity: true });
  });

  it.each(['demo_Jane Doe_1961.jpeg', 'evt-1', '19610304'])('refuses %s as id, which is stored', (id) => {
    expect(refusalOf(sampleMessage(siteTopics.results, result, { id })).code).toBe('HILUM_HUB_ID_NOT_OPAQUE');
  });

  it('refuses an object key as subject', () => {
    const message = sampleMessage(siteTopics.results, result, { subject: 'demo_Jane Doe_1961.jpeg' });
    expect(refusalOf(message)).toMatchObject({ code: 'HILUM_HUB_SUBJECT_NOT_OPAQUE', mayBeIdentity: true });
  });

  it('does not suspect identity when the data conforms and only the envelope is wrong', () => {
    const message = sampleMessage(siteTopics.results, result);
    delete message.headers['ce_id'];
    expect(refusalOf(message)).toMatchObject({ code: 'HILUM_EVENT_ATTRIBUTE_MISSING', mayBeIdentity: false });
  });

  it('suspects identity when the envelope is wrong and the data does not conform either', () => {
    const message = sampleMessage(siteTopics.results, result, { value: '{"name":"Jane Doe"}' });
    delete message.headers['ce_id'];
    expect(refusalOf(message).mayBeIdentity).toBe(true);
  });
});
