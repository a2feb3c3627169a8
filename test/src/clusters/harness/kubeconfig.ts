import { readFileSync } from 'node:fs';

/** A kubeconfig of one cluster and one bearer token. What is JSON is YAML. @param ca PEM */
export function tokenKubeconfig(of: { name: string; server: string; ca: string; token: string }): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: of.name,
        cluster: { server: of.server, 'certificate-authority-data': Buffer.from(of.ca).toString('base64') },
      },
    ],
    users: [{ name: 'user', user: { token: of.token } }],
    contexts: [{ name: of.name, context: { cluster: of.name, user: 'user' } }],
    'current-context': of.name,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** One kubeconfig of several clusters, a context each, from what `tokenKubeconfig` made of them. */
export function joinedKubeconfig(files: readonly string[]): string {
  const configs = files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as JoinableConfig);
  const joined = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: configs.flatMap(({ clusters }) => clusters),
    // all are called the same
    users: configs.map(({ users: [user], contexts: [context] }) => ({ ...user, name: context.name })),
    contexts: configs.map(({ contexts: [context] }) => ({
      name: context.name,
      context: { cluster: context.name, user: context.name },
    })),
  };
  return `${JSON.stringify(joined, null, 2)}\n`;
}

interface JoinableConfig {
  clusters: object[];
  users: [{ name: string; user: object }];
  contexts: [{ name: string }];
}

/** The server and the token of a kubeconfig that `tokenKubeconfig` made. */
export function readTokenKubeconfig(file: string): { server: string; token: string } {
  const config = JSON.parse(readFileSync(file, 'utf8')) as {
    clusters: [{ cluster: { server: string } }];
    users: [{ user: { token: string } }];
  };
  return { server: config.clusters[0].cluster.server, token: config.users[0].user.token };
}
