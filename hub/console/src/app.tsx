import { Button } from '@patternfly/react-core/dist/dynamic/components/Button';
import {
  EmptyState,
  EmptyStateBody,
  EmptyStateFooter,
} from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import { Spinner } from '@patternfly/react-core/dist/dynamic/components/Spinner';
import { Bullseye } from '@patternfly/react-core/dist/dynamic/layouts/Bullseye';
import ExclamationCircleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import { lazy, Suspense, useCallback, useEffect, useState, type ReactElement } from 'react';
import { closeSession, readSession } from './api-client';
import type { Role } from './api-types';
import { FleetPage } from './fleet-page';
import { useLocation } from './location';
import { SignInPage } from './sign-in-page';

// the charts are larger than all the rest, and only these pages have any
const ModelsPages = lazy(() => import('./models/models-pages'));

type Session = { kind: 'unknown' } | { kind: 'failed'; why: string } | { kind: 'out' } | { kind: 'in'; role: Role };

export function App(): ReactElement {
  const [session, setSession] = useState<Session>({ kind: 'unknown' });
  const look = useCallback(() => {
    setSession({ kind: 'unknown' });
    readSession().then(
      (role) => setSession(role === null ? { kind: 'out' } : { kind: 'in', role }),
      (error: Error) => setSession({ kind: 'failed', why: error.message }),
    );
  }, []);
  useEffect(look, [look]);
  const onSignedOut = useCallback(() => setSession({ kind: 'out' }), []);
  const signOut = useCallback(() => {
    closeSession().then(onSignedOut, look);
  }, [look, onSignedOut]);

  switch (session.kind) {
    case 'unknown':
      return <Loading />;
    case 'failed':
      return (
        <Bullseye className="hilum-full">
          <EmptyState
            titleText="The hub does not answer"
            icon={ExclamationCircleIcon}
            status="danger"
            headingLevel="h1"
          >
            <EmptyStateBody>{session.why}</EmptyStateBody>
            <EmptyStateFooter>
              <Button onClick={look}>Try again</Button>
            </EmptyStateFooter>
          </EmptyState>
        </Bullseye>
      );
    case 'out':
      return <SignInPage onSignedIn={(role) => setSession({ kind: 'in', role })} />;
    case 'in':
      return <SignedIn role={session.role} onSignOut={signOut} onSignedOut={onSignedOut} />;
  }
}

function Loading(): ReactElement {
  return (
    <Bullseye className="hilum-full">
      <Spinner aria-label="Loading" />
    </Bullseye>
  );
}

function SignedIn(props: { role: Role; onSignOut: () => void; onSignedOut: () => void }): ReactElement {
  const [{ path }] = useLocation();
  if (path !== '/models' && !path.startsWith('/models/')) return <FleetPage {...props} />;
  return (
    <Suspense fallback={<Loading />}>
      <ModelsPages {...props} />
    </Suspense>
  );
}
