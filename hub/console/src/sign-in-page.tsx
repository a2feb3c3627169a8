import { Alert } from '@patternfly/react-core/dist/dynamic/components/Alert';
import { Button } from '@patternfly/react-core/dist/dynamic/components/Button';
import { Card, CardBody, CardTitle } from '@patternfly/react-core/dist/dynamic/components/Card';
import { ActionGroup, Form, FormGroup } from '@patternfly/react-core/dist/dynamic/components/Form';
import { TextInput } from '@patternfly/react-core/dist/dynamic/components/TextInput';
import { Title } from '@patternfly/react-core/dist/dynamic/components/Title';
import { Bullseye } from '@patternfly/react-core/dist/dynamic/layouts/Bullseye';
import { useState, type FormEvent, type ReactElement } from 'react';
import { ApiError, openSession } from './api-client';
import type { Role } from './api-types';

export function SignInPage({ onSignedIn }: { onSignedIn: (role: Role) => void }): ReactElement {
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
    <Bullseye className="hilum-sign-in">
      <main>
        <Card className="hilum-sign-in-card">
          <CardTitle>
            <img src="/icon.svg" alt="" width={40} height={40} />
            <Title headingLevel="h1" size="2xl">
              Sign in to Hilum
            </Title>
          </CardTitle>
          <CardBody>
            <Form onSubmit={(event) => void submit(event)}>
              {problem !== null && <Alert variant="danger" isInline title={problem} role="alert" />}
              <FormGroup label="Access token" fieldId="token" isRequired>
                <TextInput
                  id="token"
                  type="password"
                  autoComplete="current-password"
                  isRequired
                  autoFocus
                  value={token}
                  onChange={(_event, value) => setToken(value)}
                />
              </FormGroup>
              <ActionGroup>
                <Button type="submit" isDisabled={isBusy || token.trim() === ''} isLoading={isBusy} isBlock>
                  Sign in
                </Button>
              </ActionGroup>
            </Form>
            <p className="hilum-hint">Tokens are printed when the fleet starts, one for each role.</p>
          </CardBody>
        </Card>
      </main>
    </Bullseye>
  );
}
