import type { Role } from './api-types';

/** What every page is given by the console around it. */
export interface PageProps {
  role: Role;
  onSignOut: () => void;
  onSignedOut: () => void;
}
