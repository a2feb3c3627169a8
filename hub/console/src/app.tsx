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
import type { Role, Session } from './api-types';
import { FleetPage } from './fleet-page';
import { useLocation } from './location';
import { SIGN_OUT_PATH } from './sign-in-address';
import { SignInPage } from './sign-in-page';

// the charts are larger than all the rest, and only these pages have any
const ModelsPages = lazy(() => import('./models/models-pages'));
const CompliancePages = lazy(() => import('./compliance/compliance-pages'));

type State = { kind: 'unknown' } | { kind: 'failed'; why: string } | { kind: 'out' } | { kind: 'in'; session: Session };

export function App(): ReactElement {
  const [state, setState] = useState<State>({ kind: 'unknown' });
  const look = useCallback(() => {
    setState({ kind: 'unknown' });
    readSession().then(
      (session) => setState(session === null ? { kind: 'out' } : { kind: 'in', session }),
      (error: Error) => setState({ kind: 'failed', why: error.message }),
    );
  }, []);
  useEffect(look, [look]);
  const onSignedOut = useCallback(() => setState({ kind: 'out' }), []);
  const signOut = (session: Session): void => {
    // at the identity provider too, which else would sign the same person in again
    const leave = (): void => (session.method === 'oidc' ? window.location.assign(SIGN_OUT_PATH) : onSignedOut());
    closeSession().then(leave, look);
  };

  switch (state.kind) {
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
            <EmptyStateBody>{state.why}</EmptyStateBody>
            <EmptyStateFooter>
              <Button onClick={look}>Try again</Button>
            </EmptyStateFooter>
          </EmptyState>
        </Bullseye>
      );
    case 'out':
      return <SignInPage onSignedIn={(session) => setState({ kind: 'in', session })} />;
    case 'in':
      return <SignedIn role={state.session.role} onSignOut={() => signOut(state.session)} onSignedOut={onSignedOut} />;
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
  const [, section = ''] = path.split('/');
  if (section !== 'models' && section !== 'compliance') return <FleetPage {...props} />;
  return (
    <Suspense fallback={<Loading />}>
      {section === 'models' ? <ModelsPages {...props} /> : <CompliancePages {...props} />}
    </Suspense>
  );
}
