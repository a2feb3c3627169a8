import type { paths } from './api-schema';

const START_PATH = '/api/v1/session/oidc' satisfies keyof paths;
/** Where one signs out at the identity provider as well. */
export const SIGN_OUT_PATH = '/api/v1/session/oidc/end' satisfies keyof paths;

/** By which the hub says why a sign-in at the identity provider came to nothing. */
const FAILURE_PARAMETER = 'sign-in';

const FAILURE_TEXT: Readonly<Record<string, { title: string; advice: string }>> = {
  refused: {
    title: 'The sign-in was refused',
    advice: 'It was cancelled, or your organisation’s sign-in page did not let you in.',
  },
  'role-missing': {
    title: 'You have no role in Hilum',
    advice:
      'Your organisation knows you, but has given you none of Hilum’s roles. Ask whoever runs Hilum for one, then sign in again.',
  },
  expired: {
    title: 'The sign-in took too long',
    advice: 'Or it was begun in another window. Sign in again.',
  },
  'issuer-away': {
    title: 'Your organisation’s sign-in does not answer',
    advice: 'Try again in a while. Hilum goes on recording results meanwhile.',
  },
};
const OTHER_FAILURE = { title: 'The sign-in failed', advice: 'Try again. If it fails again, the hub’s log says why.' };

export interface SignInFailure {
  title: string;
  advice: string;
  /** somebody else may have a role */
  canSwitch: boolean;
}

/** What the address says of a failed sign-in. */
export function signInFailureIn(search: string): SignInFailure | null {
  const code = new URLSearchParams(search).get(FAILURE_PARAMETER);
  if (code === null) return null;
  const text = Object.hasOwn(FAILURE_TEXT, code) ? FAILURE_TEXT[code] : undefined;
  return { ...(text ?? OTHER_FAILURE), canSwitch: code === 'role-missing' };
}

/** The page's own path and filters, without what the hub said of a sign-in. */
export function pageIn({ pathname, search }: { pathname: string; search: string }): string {
  const query = new URLSearchParams(search);
  query.delete(FAILURE_PARAMETER);
  return query.size === 0 ? pathname : `${pathname}?${query.toString()}`;
}

/** Where sign-in at the identity provider begins, which leads back to a page. */
export function startAddress(page: string): string {
  return `${START_PATH}?to=${encodeURIComponent(page)}`;
}
