import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';
import { openApiDocument } from '../api/openapi.js';

/** The console's types of the API, committed beside its client. */
export const CONSOLE_TYPES_FILE = new URL('../../console/src/api-schema.ts', import.meta.url);

const HEADER =
  "/** The hub's API, generated from /openapi.json by `npm run api:write`: a test holds the two together. */\n";

/** What {@link CONSOLE_TYPES_FILE} must hold: the API's document as TypeScript. */
export async function consoleTypes(): Promise<string> {
  // a copy, since the generator resolves references in place
  const document = JSON.parse(JSON.stringify(openApiDocument)) as OpenAPI3;
  const text = HEADER + astToString(await openapiTS(document, { alphabetize: false, rootTypes: false }));
  const file = CONSOLE_TYPES_FILE.pathname;
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}
