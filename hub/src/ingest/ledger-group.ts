/** The group in which all replicas of the hub read; the access rules of its broker know the part before the dot. */
export const LEDGER_GROUP = 'hub.ledger';
