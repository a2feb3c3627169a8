import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Pki, type IdentityFiles } from '@hilum/local';
import { until } from '../../support/until.js';
import { startApiServer } from './api-server.js';
import { startControllerManager } from './controller-manager.js';
import { startEtcd } from './etcd.js';
import type { FleetContext } from './fleet-context.js';
import { KubeClient, type Manifest } from './kube-client.js';
import { tokenKubeconfig } from './kubeconfig.js';

/** The files that the programs of one control plane share. */
export interface ControlPlaneFiles {
  /** of the API server: also the authority that signs clients */
  server: IdentityFiles;
  caKey: string;
  /** Only who has a certificate of this other authority may speak for somebody else. */
  frontProxyCa: string;
  serviceAccountKey: string;
  serviceAccountPublicKey: string;
  /** `token,user,uid,groups`: the one administrator */
  tokens: string;
  adminKubeconfig: string;
}

/** A Kubernetes API with its controllers and no nodes: everything but pods. */
export interface ControlPlane {
  name: string;
  folder: string;
  /** https://127.0.0.1:PORT */
  url: string;
  files: ControlPlaneFiles;
  adminKubeconfig: string;
  /** as administrator */
  admin: KubeClient;
}

/** Starts etcd, kube-apiserver and kube-controller-manager of one cluster on loopback, and waits until all three work. */
export async function startControlPlane(name: string, context: FleetContext): Promise<ControlPlane> {
  const folder = join(context.folder, name);
  mkdirSync(folder, { recursive: true });
  const ports = await context.ports(name, ['etcd', 'etcd-peer', 'api', 'controllers']);
  const url = `https://127.0.0.1:${ports.api}`;
  const { files, admin } = await writeFiles(name, folder, url);

  const etcdUrl = await startEtcd(name, { folder, port: ports.etcd, peerPort: ports['etcd-peer'] }, context);
  await startApiServer(name, { port: ports.api, etcdUrl, files, admin }, context);
  await startControllerManager(name, { port: ports.controllers, files, admin }, context);
  return { name, folder, url, files, adminKubeconfig: files.adminKubeconfig, admin };
}

/** Applies definitions and waits until the API serves what they define. */
export async function establish(admin: KubeClient, definitions: readonly string[]): Promise<void> {
  const kinds = await Promise.all(definitions.map((definition) => admin.applyDefinition(definition)));
  for (const kind of kinds.flat())
    await until(`${kind.kind} of ${kind.apiVersion} is served`, () => admin.serves(kind));
}

export function namespace(name: string): Manifest {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

async function writeFiles(
  name: string,
  folder: string,
  url: string,
): Promise<{ files: ControlPlaneFiles; admin: KubeClient }> {
  const pkiFolder = join(folder, 'pki');
  const server = await new Pki(pkiFolder).server('kube-apiserver', ['kubernetes.default.svc']);
  const frontProxy = await new Pki(join(folder, 'front-proxy-pki')).client('front-proxy');
  const files: ControlPlaneFiles = {
    server,
    caKey: join(pkiFolder, 'ca.key'),
    frontProxyCa: frontProxy.ca,
    serviceAccountKey: join(pkiFolder, 'service-accounts.key'),
    serviceAccountPublicKey: join(pkiFolder, 'service-accounts.pub'),
    tokens: join(pkiFolder, 'tokens.csv'),
    adminKubeconfig: join(folder, 'admin.kubeconfig'),
  };
  if (!existsSync(files.serviceAccountKey)) {
    const keys = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    writeFileSync(files.serviceAccountPublicKey, keys.publicKey);
    writeFileSync(files.serviceAccountKey, keys.privateKey, { mode: 0o600 });
  }
  const token = randomBytes(24).toString('base64url');
  writeFileSync(files.tokens, `${token},admin,admin,system:masters\n`, { mode: 0o600 });
  const ca = readFileSync(server.ca, 'utf8');
  writeFileSync(files.adminKubeconfig, tokenKubeconfig({ name, server: url, ca, token }), { mode: 0o600 });
  return { files, admin: new KubeClient({ server: url, ca: server.ca, as: { token } }) };
}
