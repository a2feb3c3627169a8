import { join } from 'node:path';

/** The jars as a class path; Java itself expands the star. */
export function classPath(jars: string): string {
  return join(jars, '*');
}

/**
 * What keeps a JVM small: a simple collector, one compiler tier, small stacks. Warnings and worse go to the log.
 * @param heapMb the largest heap in MiB; a broker of this size needs 128, MirrorMaker 192
 */
export function javaOptions(heapMb: number): string[] {
  return [
    `-Xmx${heapMb}m`,
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-Xss512k',
    // A JVM that ran out of memory half works; dead, it is started again.
    '-XX:+ExitOnOutOfMemoryError',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    '-Dorg.slf4j.simpleLogger.showDateTime=true',
    '-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS',
  ];
}

/** Java's properties syntax, for keys and values that hold no colon in the key and no line break. */
export function propertiesText(properties: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${String(value).replaceAll('\\', '\\\\')}\n`)
    .join('');
}
