import { counted } from '../audit/counted.js';
import type { CheckOutput } from '../audit/verify-command.js';
import type { AuditKeys } from '../audit/audit-key.js';
import { NoPackError, verifyPack, type PackReport } from './verify-pack.js';

/**
 * Checks an evidence pack.
 * @param keys whose packs count; null: nobody told
 * @returns 0 when it is whole and signed, 1 when it is not
 */
export async function verifyPackCommand(
  path: string,
  keys: AuditKeys | null,
  { json }: { json: boolean },
  { out, err }: Pick<CheckOutput, 'out' | 'err'>,
): Promise<number> {
  let report: PackReport;
  try {
    report = await verifyPack(path, keys);
  } catch (error) {
    if (!(error instanceof NoPackError)) throw error;
    err(`${path}: ${error.message}\n`);
    return 1;
  }
  out(json ? `${JSON.stringify(report, null, 2)}\n` : textOf(path, report));
  return report.isValid ? 0 : 1;
}

function textOf(path: string, report: PackReport): string {
  const { isValid, problems, keyId, isKnownKey, files, rows, anchors, since, until, createdAt } = report;
  return [
    isValid
      ? `${path} is whole: evidence from ${since} until before ${until}, made ${createdAt}.`
      : `${path} is not what was signed.`,
    ...problems.map((problem) => `  ${problem}`),
    ...(isValid
      ? [`${counted(files, 'file')}, ${counted(rows, 'row')} of the audit, ${counted(anchors, 'anchor')}.`]
      : []),
    ...(isKnownKey === null && keyId !== null
      ? [`Signed by ${keyId}. Compare that with the hub’s key: nothing here says whose it is.`]
      : []),
    ...(isKnownKey === true ? [`Signed by the hub’s key ${keyId}.`] : []),
    '',
  ].join('\n');
}
