import { Alert, AlertActionLink } from '@patternfly/react-core/dist/dynamic/components/Alert';
import { Button } from '@patternfly/react-core/dist/dynamic/components/Button';
import { Card, CardBody, CardTitle } from '@patternfly/react-core/dist/dynamic/components/Card';
import { Divider } from '@patternfly/react-core/dist/dynamic/components/Divider';
import { ActionGroup, Form, FormGroup } from '@patternfly/react-core/dist/dynamic/components/Form';
import { Spinner } from '@patternfly/react-core/dist/dynamic/components/Spinner';
import { TextInput } from '@patternfly/react-core/dist/dynamic/components/TextInput';
import { Title } from '@patternfly/react-core/dist/dynamic/components/Title';
import { Bullseye } from '@patternfly/react-core/dist/dynamic/layouts/Bullseye';
import { useEffect, useState, type FormEvent, type ReactElement } from 'react';
import { ApiError, openSession, readSessionMethods } from './api-client';
import type { Session, SessionMethod } from './api-types';
import { pageIn, signInFailureIn, SIGN_OUT_PATH, startAddress } from './sign-in-address';

function TokenForm(props: { isOnly: boolean; onSignedIn: (session: Session) => void }): ReactElement {
  const { isOnly, onSignedIn } = props;
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      onSignedIn(await openSession(token));
    } catch (error) {
      const isUnknown = error instanceof ApiError && error.status === 401;
      setProblem(isUnknown ? 'This token is not known here.' : (error as Error).message);
      setBusy(false);
    }
  };
  return (
    <>
      <Form onSubmit={(event) => void submit(event)}>
        {problem !== null && <Alert variant="danger" isInline title={problem} role="alert" />}
        <FormGroup label="Access token" fieldId="token" isRequired>
          <TextInput
            id="token"
            type="password"
            autoComplete="current-password"
            isRequired
            autoFocus={isOnly}
            value={token}
            onChange={(_event, value) => setToken(value)}
          />
        </FormGroup>
        <ActionGroup>
          <Button
            type="submit"
            variant={isOnly ? 'primary' : 'secondary'}
            isDisabled={isBusy || token.trim() === ''}
            isLoading={isBusy}
            isBlock
          >
            Sign in
          </Button>
        </ActionGroup>
      </Form>
      <p className="hilum-hint">Tokens are printed when the fleet starts, one for each role.</p>
    </>
  );
}

/** Ways to sign in; what the hub said of the last try comes first. */
export function SignInPage({ onSignedIn }: { onSignedIn: (session: Session) => void }): ReactElement {
  const [methods, setMethods] = useState<readonly SessionMethod[] | null>(null);
  const [failure] = useState(() => signInFailureIn(window.location.search));
  const page = pageIn(window.location);
  useEffect(() => {
    // told once: a reload is a new try
    window.history.replaceState(null, '', pageIn(window.location));
    // a hub that does not answer now may when the token is sent
    readSessionMethods().then(setMethods, () => setMethods(['token']));
  }, []);
  return (
    <Bullseye className="hilum-sign-in">
      <main>
        <Card className="hilum-sign-in-card">
          <CardTitle>
            <img src="/icon.svg" alt="" width={40} height={40} />
            <Title headingLevel="h1" size="2xl">
              Sign in to Hilum
            </Title>
          </CardTitle>
          <CardBody className="hilum-sign-in-ways">
            {failure !== null && (
              <Alert
                variant="warning"
                isInline
                title={failure.title}
                role="alert"
                actionLinks={
                  failure.canSwitch && (
                    <AlertActionLink component="a" href={SIGN_OUT_PATH}>
                      Sign in as somebody else
                    </AlertActionLink>
                  )
                }
              >
                {failure.advice}
              </Alert>
            )}
            {methods === null && <Spinner size="lg" aria-label="Loading" />}
            {methods?.includes('oidc') && (
              <Button component="a" href={startAddress(page)} isBlock>
                Sign in with your organisation
              </Button>
            )}
            {methods?.length === 2 && <Divider />}
            {methods?.includes('token') && (
              <div>
                <TokenForm isOnly={methods.length === 1} onSignedIn={onSignedIn} />
              </div>
            )}
          </CardBody>
        </Card>
      </main>
    </Bullseye>
  );
}
