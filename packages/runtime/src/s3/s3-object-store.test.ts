import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { ListedObject } from './object-store.js';
import { S3ObjectStore } from './s3-object-store.js';

interface Entry {
  kind: 'Version' | 'DeleteMarker';
  key: string;
  versionId: string;
}

let server: Server | undefined;
let store: S3ObjectStore | undefined;
afterEach(() => {
  store?.close();
  server?.closeAllConnections();
  server?.close();
});

/**
 * A versioned bucket in pages of two. The keys in its lists are encoded as asked; how the marker is written differs.
 * @param isMarkerHeeded whether it goes on behind the marker that it is given
 */
async function bucketOf(
  entries: Entry[],
  nextKeyMarker: (key: string) => string,
  isMarkerHeeded = true,
): Promise<{ store: S3ObjectStore; requests: number[] }> {
  const requests: number[] = [];
  server = createServer((request, response) => {
    const query = new URL(request.url ?? '/', 'http://store').searchParams;
    response.setHeader('content-type', 'application/xml');
    if (query.has('versioning')) {
      response.end('<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>');
      return;
    }
    const [key, versionId] = [query.get('key-marker'), query.get('version-id-marker')];
    const isMarked = (entry: Entry): boolean => entry.key === key && entry.versionId === versionId;
    // a marker that it does not know, as a wrongly decoded one, is before everything
    const start = isMarkerHeeded ? entries.findIndex(isMarked) + 1 : 0;
    requests.push(start);
    const page = entries.slice(start, start + 2);
    const isTruncated = start + 2 < entries.length;
    const last = page.at(-1);
    response.end(
      `<ListVersionsResult><EncodingType>url</EncodingType><IsTruncated>${isTruncated}</IsTruncated>${
        isTruncated && last !== undefined
          ? `<NextKeyMarker>${nextKeyMarker(last.key)}</NextKeyMarker><NextVersionIdMarker>${last.versionId}</NextVersionIdMarker>`
          : ''
      }${page
        .map(
          (entry) =>
            `<${entry.kind}><Key>${encodeURIComponent(entry.key)}</Key><VersionId>${entry.versionId}</VersionId><ETag>"e"</ETag><Size>1</Size><LastModified>2026-01-01T00:00:00.000Z</LastModified></${entry.kind}>`,
        )
        .join('')}</ListVersionsResult>`,
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  store = new S3ObjectStore({
    s3Endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    s3Region: 'us-east-1',
    s3AccessKeyId: 'key',
    s3SecretAccessKey: 'secret',
  });
  return { store, requests };
}

async function allOf(pages: AsyncIterable<ListedObject[]>): Promise<[string, string | null][]> {
  const objects: [string, string | null][] = [];
  for await (const page of pages)
    objects.push(...page.map(({ key, versionId }): [string, string | null] => [key, versionId]));
  return objects;
}

const ENTRIES: Entry[] = [
  { kind: 'Version', key: 'scan 1.jpg', versionId: 'v1' },
  { kind: 'Version', key: 'scan+1000.jpg', versionId: 'v3' },
  { kind: 'Version', key: 'scan+1000.jpg', versionId: 'v2' },
  { kind: 'DeleteMarker', key: 'scan+2%41.jpg', versionId: 'v5' },
  { kind: 'Version', key: 'scan+2%41.jpg', versionId: 'v4' },
  { kind: 'Version', key: 'Zoë.jpg', versionId: 'v6' },
  { kind: 'Version', key: 'ßcan.jpg', versionId: 'v7' },
];

describe('the versions of a bucket', () => {
  it.each([
    ['raw', (key: string) => key],
    ['encoded', encodeURIComponent],
    ['encoded with plus signs', (key: string) => encodeURIComponent(key).replaceAll('%20', '+')],
  ])('are all listed once, whether the store writes the marker of the next page %s', async (_name, nextKeyMarker) => {
    const { store, requests } = await bucketOf(ENTRIES, nextKeyMarker);
    expect(await allOf(store.listPages('intake'))).toEqual(
      ENTRIES.filter(({ kind }) => kind === 'Version').map(({ key, versionId }) => [key, versionId]),
    );
    expect(requests).toEqual([0, 2, 4, 6]);
  });

  it('are given up with a clear error when the store gives the same page again and again', async () => {
    const { store, requests } = await bucketOf(ENTRIES, (key) => key, false);
    await expect(allOf(store.listPages('intake'))).rejects.toThrow(/^HILUM_STORE_LIST_STUCK: .*bucket intake/);
    expect(requests).toHaveLength(2);
  });
});

describe('the encryption of a bucket', () => {
  const answering = async (status: number, body: string): Promise<S3ObjectStore> => {
    server = createServer((_request, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    store = new S3ObjectStore({
      s3Endpoint: `http://127.0.0.1:${port}`,
      s3Region: 'us-east-1',
      s3AccessKeyId: 'key',
      s3SecretAccessKey: 'secret',
    });
    return store;
  };
  const rule =
    '<ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>';

  it.each([
    [true, 200, `<ServerSideEncryptionConfiguration><Rule>${rule}</Rule></ServerSideEncryptionConfiguration>`],
    [false, 200, '<ServerSideEncryptionConfiguration/>'],
    [false, 404, '<Error><Code>ServerSideEncryptionConfigurationNotFoundError</Code></Error>'],
    [null, 405, '<Error><Code>MethodNotAllowed</Code></Error>'],
    [null, 501, '<Error><Code>NotImplemented</Code></Error>'],
  ])('is %s when the store answers %d', async (expected, status, body) => {
    expect(await (await answering(status, body)).isEncrypted('xray-intake')).toBe(expected);
  });

  it('is not known while the store is away', async () => {
    await expect((await answering(403, '<Error><Code>AccessDenied</Code></Error>')).isEncrypted('b')).rejects.toThrow(
      'did not answer',
    );
  });
});
