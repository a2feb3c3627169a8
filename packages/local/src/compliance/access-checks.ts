import { createConnection } from 'node:net';
import { readFileSync } from 'node:fs';
import { connect as connectTls } from 'node:tls';
import { AwayError } from '../doctor/adapters/away-error.js';
import { askHttp } from '../doctor/adapters/http-question.js';
import { HUB, combine, failed, skipped, type Finding } from '../doctor/check.js';
import { hubListeners } from '../doctor/checks/broker-check.js';
import { bucketFindings, unsignedAnswers } from '../doctor/checks/store-check.js';
import { siteState, whyNotRunning, type Examination } from '../doctor/examination.js';
import { buckets } from '../fleet/fleet-access.js';

const CONNECT_MS = 4_000;
const UNAUTHORIZED = 401;

/** Asks a store for its buckets without a signature. */
export async function bucketsFinding(examination: Examination, subject: string, signal: AbortSignal): Promise<Finding> {
  const process = `${subject}-store`;
  const site = siteState(examination, subject);
  const access = subject === HUB ? examination.state?.hub.s3 : site?.s3;
  const why = whyNotRunning(examination, process);
  if (why !== null || access === undefined) return skipped(why ?? 'state.json does not know it');
  const names = subject === HUB ? [buckets.hubAudit] : [site?.s3.intakeBucket ?? '', site?.s3.resultsBucket ?? ''];
  const facts = await Promise.all(
    names.map(async (bucket) => ({
      bucket,
      exists: true,
      unsigned: await unsignedAnswers(process, `${access.endpoint}/${bucket}`, signal),
    })),
  );
  return combine(bucketFindings(facts, ''), `${names.join(' and ')}: requests without a signature get 403`);
}

/** Asks for study-level rows without signing in. */
export async function signInFinding(examination: Examination, subject: string, signal: AbortSignal): Promise<Finding> {
  const process = subject === HUB ? 'hub' : `${subject}-edge`;
  const url = subject === HUB ? examination.state?.hub.url : siteState(examination, subject)?.url;
  const why = whyNotRunning(examination, process);
  if (why !== null || url === undefined) return skipped(why ?? 'state.json does not know it');
  const paths = subject === HUB ? ['results', 'audit', 'stream'] : ['studies', 'relay'];
  const findings = await Promise.all(
    paths.map(async (path) => {
      const { status } = await askHttp(process, `${url}/api/v1/${path}`, signal);
      return status === UNAUTHORIZED
        ? []
        : [failed(`${process} answers ${status} to ${path} without sign-in, not 401`)];
    }),
  );
  return combine(findings.flat(), `${process} answers 401 to whoever has not signed in`);
}

/** Speaks to the hub's broker as those may not: without TLS, and without a certificate. */
export async function brokerTlsFinding(examination: Examination): Promise<Finding> {
  const why = whyNotRunning(examination, 'hub-kafka');
  const listeners = hubListeners(examination);
  const ca = examination.state?.hub.kafkaTls.ca;
  if (why !== null || ca === undefined) return skipped(why ?? 'state.json does not know the hub');
  const findings: Finding[] = [];
  for (const listener of listeners) {
    if (await isAnswered(listener, null)) findings.push(failed(`${listener} answers without TLS`));
    if (await isAnswered(listener, readFileSync(ca)))
      findings.push(failed(`${listener} answers a client without a certificate`));
  }
  return combine(findings, `${listeners.join(' and ')} answer over TLS alone, to those who have a certificate`);
}

const CORRELATION_ID = 0x68696c75;
/** Kafka's ApiVersions in its first version, which brokers answer before anything else. */
const API_VERSIONS = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0x68, 0x69, 0x6c, 0x75, 0xff, 0xff]);

/** An answer names its request; the alert by which TLS refuses whoever does not speak it is none. */
function isKafkaAnswer(data: Buffer): boolean {
  return data.length >= 8 && data.readInt32BE(4) === CORRELATION_ID;
}

/**
 * Whether a broker answers a Kafka request that comes without TLS, or over TLS without a client certificate.
 * @param address host:port
 * @param ca of the broker's certificate, for TLS; null: without TLS
 * @throws AwayError when nobody listens there
 */
export function isAnswered(address: string, ca: Buffer | null): Promise<boolean> {
  const at = address.lastIndexOf(':');
  const [host, port] = [address.slice(0, at), Number(address.slice(at + 1))];
  return new Promise((resolve, reject) => {
    let isConnected = false;
    const socket = createConnection({ host, port });
    const end = (isAnswer: boolean): void => {
      socket.destroy();
      resolve(isAnswer);
    };
    const away = (reason: string): void => {
      socket.destroy();
      reject(new AwayError(address, reason));
    };
    socket.setTimeout(CONNECT_MS, () => (isConnected ? end(false) : away('no answer in time')));
    socket.on('connect', () => {
      isConnected = true;
      if (ca === null) {
        socket.on('data', (data: Buffer) => end(isKafkaAnswer(data)));
        socket.write(API_VERSIONS);
        return;
      }
      // who the broker is, is not the question here
      const tls = connectTls({ socket, ca, checkServerIdentity: () => undefined });
      tls.on('secureConnect', () => tls.write(API_VERSIONS));
      tls.on('data', (data: Buffer) => end(isKafkaAnswer(data)));
      tls.on('error', () => end(false));
      tls.on('close', () => end(false));
    });
    socket.on('error', (error: NodeJS.ErrnoException) =>
      isConnected ? end(false) : away(error.code ?? error.message),
    );
    socket.on('close', () => end(false));
  });
}

/** The servers that speak without TLS on this machine are reached from nowhere else. */
export function loopbackFinding(examination: Examination, subject: string): Finding {
  const { table, config } = examination;
  const why = whyNotRunning(examination);
  if (why !== null || table === null || config === null)
    return skipped(why ?? 'this system does not tell who listens where');
  // the hub's broker speaks TLS alone, which is a policy of its own
  const names = [...(subject === HUB ? [] : [`${subject}-kafka`]), `${subject}-store`, `${subject}-postgres`];
  const open = names.filter((name) => {
    const port = config.ports[name];
    return port !== undefined && table.isLoopbackOnly(port) === false;
  });
  return combine(
    open.map((name) => failed(`${name} can be reached from other machines, and speaks without TLS`)),
    `${names.join(', ')} listen on this machine's own addresses alone`,
  );
}
