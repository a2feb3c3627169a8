/**
 * Takes what an export has made so far.
 * @returns when the client has taken it, so that no more is made than goes out
 * @throws when the client has gone
 */
export type ExportSink = (bytes: Uint8Array) => Promise<void>;
