/** Kinds of clusters that manifests are made for; folders called so are what Argo CD is pointed at. */
export const HUB_PLATFORMS = ['kubernetes', 'openshift', 'openshift-v1beta2'] as const;
export const SITE_PLATFORMS = [...HUB_PLATFORMS, 'one-node'] as const;

/** The versions of Strimzi's API that clusters of some platform have. */
export type StrimziApi = 'v1' | 'v1beta2';

/** Which one the clusters have that a folder is for. @param folder with the platform's name in it, if it is for one alone */
export function strimziApiOf(folder: string): StrimziApi {
  return folder.includes('openshift-v1beta2') ? 'v1beta2' : 'v1';
}
