import type { Admin, Kafka } from 'kafkajs';
import { kafkaClient } from '../../kafka/kafka-admin.js';
import type { IdentityFiles } from '../../pki/pki.js';
import { AwayError, reasonOf } from './away-error.js';

const PATIENCE = { connectionTimeoutMs: 3_000, requestTimeoutMs: 4_000, retries: 0 };
/** For a broker that is known to answer: a group whose coordinator is still loading is worth another try. */
const MORE_PATIENCE = { ...PATIENCE, retries: 3 };

export type BrokerIdentity = Pick<IdentityFiles, 'ca' | 'cert' | 'key'>;

export interface BrokerSession {
  /** for clients of other kinds; they try again */
  kafka: Kafka;
  admin: Admin;
}

/**
 * Runs questions over one connection to a broker.
 * @param what the broker's name for errors, such as "the broker of st-agnes"
 * @param identity null for a broker without TLS
 * @throws AwayError when it cannot be connected to
 */
export async function withBroker<T>(
  what: string,
  broker: string,
  identity: BrokerIdentity | null,
  work: (session: BrokerSession) => Promise<T>,
): Promise<T> {
  let session: BrokerSession | null = null;
  try {
    try {
      session = {
        kafka: kafkaClient(broker, identity, MORE_PATIENCE),
        admin: kafkaClient(broker, identity, PATIENCE).admin(),
      };
      await session.admin.connect();
      await session.admin.describeCluster();
    } catch (error) {
      throw new AwayError(what, reasonOf(error), { cause: error });
    }
    return await work(session);
  } finally {
    await session?.admin.disconnect().catch(() => undefined);
  }
}
