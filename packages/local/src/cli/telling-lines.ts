const WRONG_CONFIGURATION = /HILUM_CONFIG_INVALID/;
const OF_THE_SUPERVISOR = /^--- \S+ supervisor: /;

/**
 * The lines of a log that tell why its process failed: when it said that its configuration is wrong, that alone;
 * otherwise the last ones.
 */
export function tellingLines(lines: readonly string[], most: number): string[] {
  const from = lines.findLastIndex((line) => WRONG_CONFIGURATION.test(line));
  if (from === -1) return lines.slice(-most);
  return lines.slice(from, from + most).filter((line) => !OF_THE_SUPERVISOR.test(line));
}
