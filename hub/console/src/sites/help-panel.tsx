import { ClipboardCopy } from '@patternfly/react-core/dist/dynamic/components/ClipboardCopy';
import { EmptyState } from '@patternfly/react-core/dist/dynamic/components/EmptyState';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import type { ReactElement } from 'react';
import type { SiteDetail } from '../api-types';
import { copyText } from './copy-text';

/** What can be done now, to be copied. */
export function HelpPanel({ help }: { help: SiteDetail['help'] }): ReactElement {
  if (help.length === 0)
    return <EmptyState titleText="Nothing needs doing" icon={CheckCircleIcon} headingLevel="h3" variant="xs" />;
  return (
    <>
      <ol className="hilum-help" aria-label="Commands that help">
        {help.map(({ why, command }) => (
          <li key={command}>
            <div>{why}:</div>
            <ClipboardCopy
              variant="inline-compact"
              isCode
              hoverTip={`Copy: ${command}`}
              clickTip="Copied"
              copyAriaLabel={`Copy: ${command}`}
              onCopy={() => copyText(command)}
            >
              {command}
            </ClipboardCopy>
          </li>
        ))}
      </ol>
      <p className="hilum-note">
        To be run where the data folder is, with <code>--data DIR</code> when it is not the usual one. Dead letters and
        sending again work over HTTP as well, at the hospital: docs/operations.md.
      </p>
    </>
  );
}
