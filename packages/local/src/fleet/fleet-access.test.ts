import { describe, expect, it } from 'vitest';
import { UsageError } from './fleet-config.js';
import { hostOf, hubWanAddress } from './fleet-access.js';

const PORTS = { 'hub-kafka-wan': 20_001 };
const given = (address: string): string => hubWanAddress(PORTS, { HILUM_HUB_KAFKA_WAN_ADDRESS: address });

describe('the address by which hospitals reach the hub’s broker', () => {
  it('is the broker’s own listener, or the gateway that the environment names', () => {
    expect(hubWanAddress(PORTS, {})).toBe('127.0.0.1:20001');
    expect(given('')).toBe('127.0.0.1:20001');
    expect(['hub.example.org:9094', '192.0.2.7:1', 'localhost:65535'].map(given)).toEqual([
      'hub.example.org:9094',
      '192.0.2.7:1',
      'localhost:65535',
    ]);
    expect(hostOf(given('hub.example.org:9094'))).toBe('hub.example.org');
  });

  it.each([
    'hub.example.org',
    ':9094',
    'hub:',
    'hub:x',
    'https://hub:9094',
    'a..b:9094',
    '-a:9094',
    '1.2.3:9094',
    '256.1.1.1:9094',
  ])('is refused when it is %s', (address) => {
    expect(() => given(address)).toThrow(UsageError);
    expect(() => given(address)).toThrow(
      `HILUM_HUB_KAFKA_WAN_ADDRESS=${address}: must be host:port, such as hub.example.org:9094`,
    );
  });

  it.each(['hub:0', 'hub:65536', 'hub:99999'])('is refused for its port when it is %s', (address) => {
    expect(() => given(address)).toThrow('the port must be a number from 1 to 65535');
  });
});
