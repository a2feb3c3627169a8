import canonicalize from 'canonicalize';

/** JSON in the one form of RFC 8785, so that the same content has the same hash wherever it is computed. */
export function canonicalJson(value: object): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('what is no JSON has no canonical form');
  return text;
}
