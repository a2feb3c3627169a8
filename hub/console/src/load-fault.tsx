import { Alert, AlertActionLink } from '@patternfly/react-core/dist/dynamic/components/Alert';
import type { ReactElement } from 'react';

/** Says that what is shown may be old, and why. */
export function LoadFault({ error, onRetry }: { error: string | null; onRetry: () => void }): ReactElement | null {
  if (error === null) return null;
  return (
    <Alert
      variant="danger"
      isInline
      title="The page could not be brought up to date"
      actionLinks={<AlertActionLink onClick={onRetry}>Try again</AlertActionLink>}
    >
      {error}
    </Alert>
  );
}
