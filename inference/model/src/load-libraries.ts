/**
 * Loads what decodes other files than grey baseline JPEGs and draws heat maps, so that the first image need not wait for it.
 * A service can be ready before.
 */
export async function loadLibraries(): Promise<void> {
  await Promise.all([import('./decode.js'), import('./heat-map.js')]);
}
