import { Button } from '@patternfly/react-core/dist/dynamic/components/Button';
import {
  EmptyState,
  EmptyStateBody,
  EmptyStateFooter,
} from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import { Spinner } from '@patternfly/react-core/dist/dynamic/components/Spinner';
import { Bullseye } from '@patternfly/react-core/dist/dynamic/layouts/Bullseye';
import ExclamationCircleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import { useCallback, useEffect, useState, type ComponentType, type ReactElement } from 'react';
import { closeSession, readSession } from './api-client';
import type { Session } from './api-types';
import { FleetPage } from './fleet-page';
import { loadedComponent, type LoadedComponent } from './loaded-component';
import { useLocation, whereWeAre, type Place } from './location';
import { NoSuchPage } from './no-such-page';
import { PageBoundary } from './page-boundary';
import type { PageProps } from './page-props';
import { SIGN_OUT_PATH } from './sign-in-address';
import { SignInPage } from './sign-in-page';
import { StreamProvider } from './use-stream';

const page = (load: () => Promise<{ default: ComponentType<PageProps> }>): LoadedComponent<PageProps> =>
  loadedComponent(async () => (await load()).default, <Loading />);

// the charts are larger than all the rest; a page that is not looked at costs nothing
const ModelsPages = page(() => import('./models/models-pages'));
const CompliancePages = page(() => import('./compliance/compliance-pages'));
const SitePage = page(() => import('./sites/site-page'));
const ResultsPage = page(() => import('./results-page'));

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
  // while the session is asked for
  useEffect(() => pageAt(whereWeAre()).preload?.(), []);
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

function SignedIn(props: PageProps): ReactElement {
  const [place] = useLocation();
  const CurrentPage = pageAt(place);
  return (
    <StreamProvider onSignedOut={props.onSignedOut}>
      <PageBoundary>
        <CurrentPage {...props} />
      </PageBoundary>
    </StreamProvider>
  );
}

export function pageAt({ path, search }: Place): ComponentType<PageProps> & Partial<LoadedComponent<PageProps>> {
  const [, section = ''] = path.split('/');
  if (section === 'models') return ModelsPages;
  if (section === 'compliance') return CompliancePages;
  if (section === 'sites') return SitePage;
  // where results were before they had a page of their own: links to them go on working
  const query = new URLSearchParams(search);
  const isRoot = section === '' || section === 'index.html';
  if (section === 'results' || (isRoot && (query.has('decision') || query.has('site')))) return ResultsPage;
  return isRoot ? FleetPage : NoSuchPage;
}
