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

/** The server and the token of a kubeconfig that `tokenKubeconfig` made. */
export function readTokenKubeconfig(file: string): { server: string; token: string } {
  const config = JSON.parse(readFileSync(file, 'utf8')) as {
    clusters: [{ cluster: { server: string } }];
    users: [{ user: { token: string } }];
  };
  return { server: config.clusters[0].cluster.server, token: config.users[0].user.token };
}
