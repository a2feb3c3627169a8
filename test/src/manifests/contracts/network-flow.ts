import { BlockList } from 'node:net';
import { ofKind, type KubeObject } from './kube-object.js';

type Labels = Record<string, string>;

interface Selector {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

interface Peer {
  podSelector?: Selector;
  namespaceSelector?: Selector;
  ipBlock?: { cidr: string; except?: string[] };
}

interface Ports {
  ports?: { protocol?: string; port: number }[];
}

export interface NetworkPolicy extends KubeObject {
  spec: {
    podSelector: Selector;
    policyTypes: ('Ingress' | 'Egress')[];
    ingress?: (Ports & { from?: Peer[] })[];
    egress?: (Ports & { to?: Peer[] })[];
  };
}

/** A pod of the cluster, or something outside that has an address alone. */
export type Endpoint =
  { name: string; namespace: string; labels: Labels; namespaceLabels?: Labels } | { name: string; address: string };

/** `edge → broker:9093`, UDP marked. */
export type Flow = string;

export interface Port {
  port: number;
  protocol: 'TCP' | 'UDP';
}

/** All that the policies let through between these endpoints at these ports, by the rules of Kubernetes. */
export function allowedFlows(
  objects: readonly KubeObject[],
  endpoints: readonly Endpoint[],
  ports: readonly Port[],
): Set<Flow> {
  const policies = ofKind<NetworkPolicy>(objects, 'NetworkPolicy');
  const flows = new Set<Flow>();
  for (const from of endpoints)
    for (const to of endpoints)
      for (const port of ports)
        if (mayLeave(policies, from, to, port) && mayEnter(policies, from, to, port))
          flows.add(flowText(from, to, port));
  return flows;
}

function flowText(from: Endpoint, to: Endpoint, { port, protocol }: Port): Flow {
  return `${from.name} → ${to.name}:${port}${protocol === 'UDP' ? '/udp' : ''}`;
}

function mayLeave(policies: readonly NetworkPolicy[], from: Endpoint, to: Endpoint, port: Port): boolean {
  const selecting = selectingPolicies(policies, from, 'Egress');
  return (
    selecting.length === 0 ||
    selecting.some(({ metadata, spec }) =>
      (spec.egress ?? []).some((rule) => hasPort(rule, port) && hasPeer(rule.to, to, metadata.namespace)),
    )
  );
}

function mayEnter(policies: readonly NetworkPolicy[], from: Endpoint, to: Endpoint, port: Port): boolean {
  const selecting = selectingPolicies(policies, to, 'Ingress');
  return (
    selecting.length === 0 ||
    selecting.some(({ metadata, spec }) =>
      (spec.ingress ?? []).some((rule) => hasPort(rule, port) && hasPeer(rule.from, from, metadata.namespace)),
    )
  );
}

function selectingPolicies(
  policies: readonly NetworkPolicy[],
  endpoint: Endpoint,
  type: 'Ingress' | 'Egress',
): NetworkPolicy[] {
  if ('address' in endpoint) return [];
  return policies.filter(
    ({ metadata, spec }) =>
      metadata.namespace === endpoint.namespace &&
      spec.policyTypes.includes(type) &&
      selects(spec.podSelector, endpoint.labels),
  );
}

function hasPort({ ports }: Ports, { port, protocol }: Port): boolean {
  return ports === undefined || ports.some((one) => one.port === port && (one.protocol ?? 'TCP') === protocol);
}

/** @param namespace the policy's, which a peer without a namespace selector means */
function hasPeer(peers: readonly Peer[] | undefined, endpoint: Endpoint, namespace: string | undefined): boolean {
  return peers === undefined || peers.some((peer) => isPeer(peer, endpoint, namespace));
}

function isPeer(peer: Peer, endpoint: Endpoint, namespace: string | undefined): boolean {
  if (peer.ipBlock !== undefined) return 'address' in endpoint && holds(peer.ipBlock.cidr, endpoint.address);
  if ('address' in endpoint) return false;
  const inNamespace =
    peer.namespaceSelector === undefined
      ? endpoint.namespace === namespace
      : selects(peer.namespaceSelector, {
          'kubernetes.io/metadata.name': endpoint.namespace,
          ...endpoint.namespaceLabels,
        });
  return inNamespace && selects(peer.podSelector ?? {}, endpoint.labels);
}

function holds(cidr: string, address: string): boolean {
  const [network = '', bits] = cidr.split('/');
  const list = new BlockList();
  list.addSubnet(network, Number(bits));
  return list.check(address);
}

/** @throws Error on an operator that is not known here, which must not pass for no match */
function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      if (operator !== 'In') throw new Error(`the operator ${operator} of a selector is not known to this test`);
      return values.includes(labels[key] ?? '');
    })
  );
}
