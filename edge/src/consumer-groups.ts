/** Groups of the processes of a site; the access rules of its broker name them. */
export const edgeGroups = {
  results: 'edge.results',
  dispatcher: 'edge.dispatcher',
  /** a prefix: each reading of the dead letters has a group of its own */
  deadLetters: 'edge.dead-letters',
} as const;
