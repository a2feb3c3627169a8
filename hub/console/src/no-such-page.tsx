import { EmptyState, EmptyStateBody } from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import { PageSection } from '@patternfly/react-core/dist/dynamic/components/Page';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import type { ReactElement } from 'react';
import { ConsoleFrame } from './console-frame';
import { Link } from './link';
import type { PageProps } from './page-props';

/** An address that the console does not know: shown as another page, a mistyped link would pass for what it was to lead to. */
export function NoSuchPage({ role, onSignOut }: PageProps): ReactElement {
  return (
    <ConsoleFrame role={role} page={null} isConnected onSignOut={onSignOut}>
      <PageSection>
        <EmptyState titleText="No such page" icon={SearchIcon} headingLevel="h1">
          <EmptyStateBody>
            The console has nothing at this address. <Link to="/">Fleet</Link>
          </EmptyStateBody>
        </EmptyState>
      </PageSection>
    </ConsoleFrame>
  );
}
