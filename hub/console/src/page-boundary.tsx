import { Button } from '@patternfly/react-core/dist/dynamic/components/Button';
import {
  EmptyState,
  EmptyStateBody,
  EmptyStateFooter,
} from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import { Bullseye } from '@patternfly/react-core/dist/dynamic/layouts/Bullseye';
import ExclamationCircleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import { Component, type ReactNode } from 'react';

/**
 * Says that a page could not be shown, instead of showing nothing. Mostly its code could not be had: the hub was updated
 * since this one was loaded, and has other files now.
 */
export class PageBoundary extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError(): { hasFailed: boolean } {
    return { hasFailed: true };
  }

  override render(): ReactNode {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <Bullseye className="hilum-full">
        <EmptyState
          titleText="This page could not be shown"
          icon={ExclamationCircleIcon}
          status="danger"
          headingLevel="h1"
        >
          <EmptyStateBody>
            The hub does not answer, or was updated since the console was loaded. Loading it again mostly helps.
          </EmptyStateBody>
          <EmptyStateFooter>
            <Button onClick={() => window.location.reload()}>Load again</Button>
          </EmptyStateFooter>
        </EmptyState>
      </Bullseye>
    );
  }
}
