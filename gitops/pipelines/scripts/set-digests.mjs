#!/usr/bin/env node
// Puts the digests of new images into the one place that says which images run.
//
//   node gitops/pipelines/scripts/set-digests.mjs FILE REGISTRY hub=sha256:… edge=sha256:… inference=sha256:…
//
// FILE is gitops/components/images/kustomization.yaml; REGISTRY the name before /hub, /edge and /inference.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * The file's text with these digests, its comments kept.
 * @param {string} text @param {string} registry @param {Readonly<Record<string, string>>} digests by image, such as hub
 * @throws Error naming a digest that is none, or an image that the file does not have
 */
export function withDigests(text, registry, digests) {
  const document = parseDocument(text);
  const images = document.get('images').items;
  for (const [image, digest] of Object.entries(digests)) {
    if (!DIGEST.test(digest))
      throw new Error(`the digest of ${image} is ${digest}: it must be sha256: and 64 hexadecimal digits`);
    const entry = images.find((one) => one.get('name') === `hilum/${image}`);
    if (entry === undefined) throw new Error(`there is no image hilum/${image} in the file`);
    entry.set('newName', `${registry}/${image}`);
    entry.set('digest', digest);
  }
  return document.toString({ lineWidth: 0 });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [file, registry, ...pairs] = process.argv.slice(2);
  if (file === undefined || registry === undefined || pairs.length === 0) {
    process.stderr.write('usage: set-digests.mjs FILE REGISTRY IMAGE=sha256:DIGEST…\n');
    process.exit(2);
  }
  writeFileSync(
    file,
    withDigests(readFileSync(file, 'utf8'), registry, Object.fromEntries(pairs.map((pair) => pair.split('=')))),
  );
}
