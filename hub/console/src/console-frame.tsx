import { Banner } from '@patternfly/react-core/dist/dynamic/components/Banner';
import { Button } from '@patternfly/react-core/dist/dynamic/components/Button';
import {
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadMain,
} from '@patternfly/react-core/dist/dynamic/components/Masthead';
import { Page } from '@patternfly/react-core/dist/dynamic/components/Page';
import { SkipToContent } from '@patternfly/react-core/dist/dynamic/components/SkipToContent';
import SyncAltIcon from '@patternfly/react-icons/dist/esm/icons/sync-alt-icon';
import type { ReactElement, ReactNode } from 'react';
import type { Role } from './api-types';
import { COMPLIANCE_ROLES } from './compliance/compliance-types';
import { Link } from './link';
import { MomentTip } from './moment';
import { MODEL_ROLES } from './models/model-types';

const MAIN_ID = 'main';

/** What every page has around it: brand, pages, sign-out, and whether what it shows is fresh. */
export function ConsoleFrame(props: {
  role: Role;
  /** null: none of those that are named above */
  page: 'fleet' | 'results' | 'models' | 'compliance' | null;
  isConnected: boolean;
  onSignOut: () => void;
  children: ReactNode;
}): ReactElement {
  const { role, page, isConnected, onSignOut, children } = props;
  const masthead = (
    <Masthead display={{ default: 'inline' }}>
      <MastheadMain>
        <MastheadBrand className="hilum-brand">
          <img src="/icon.svg" alt="" width={28} height={28} /> <span>Hilum</span>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <nav className="hilum-pages" aria-label="Pages">
          <Link to="/" isCurrent={page === 'fleet'}>
            Fleet
          </Link>
          <Link to="/results" isCurrent={page === 'results'}>
            Results
          </Link>
          {MODEL_ROLES.includes(role) && (
            <Link to="/models" isCurrent={page === 'models'}>
              Models
            </Link>
          )}
          <Link
            to={COMPLIANCE_ROLES.includes(role) ? '/compliance' : '/compliance/privacy'}
            isCurrent={page === 'compliance'}
          >
            {COMPLIANCE_ROLES.includes(role) ? 'Compliance' : 'Privacy'}
          </Link>
        </nav>
        <span className="hilum-role">Signed in as {role}</span>
        <Button variant="secondary" size="sm" onClick={onSignOut}>
          Sign out
        </Button>
      </MastheadContent>
    </Masthead>
  );
  return (
    <Page
      masthead={masthead}
      mainContainerId={MAIN_ID}
      // it scrolls, also while nothing in it can be focused yet
      mainTabIndex={0}
      skipToContent={<SkipToContent href={`#${MAIN_ID}`}>Skip to content</SkipToContent>}
      banner={
        <div role="status">
          {!isConnected && (
            <Banner color="yellow">
              <SyncAltIcon /> The connection to the hub was lost. Reconnecting; what you see may be old.
            </Banner>
          )}
        </div>
      }
    >
      {children}
      <MomentTip />
    </Page>
  );
}
