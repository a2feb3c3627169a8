import { Label } from '@patternfly/react-core/dist/dynamic/components/Label';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import ExclamationCircleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import HourglassHalfIcon from '@patternfly/react-icons/dist/esm/icons/hourglass-half-icon';
import QuestionCircleIcon from '@patternfly/react-icons/dist/esm/icons/question-circle-icon';
import type { ComponentType, ReactElement } from 'react';
import type { ComplianceState, Severity } from './compliance-types';

interface Look {
  text: string;
  colour: 'green' | 'orange' | 'red' | 'grey' | 'blue' | 'purple';
  icon: ComponentType<{ className?: string }>;
  meaning: string;
}

/** Each state has a shape and a word of its own; colour only repeats them. */
export const COMPLIANCE_LOOK: Record<ComplianceState, Look> = {
  'non-compliant': {
    text: 'Not compliant',
    colour: 'red',
    icon: ExclamationCircleIcon,
    meaning: 'checked, and not as it should be',
  },
  unknown: {
    text: 'Unknown',
    colour: 'purple',
    icon: QuestionCircleIcon,
    meaning: 'nobody says, or whoever says it is not heard; this is not compliance',
  },
  pending: {
    text: 'Pending',
    colour: 'blue',
    icon: HourglassHalfIcon,
    meaning: 'what it needs first is not there yet',
  },
  compliant: { text: 'Compliant', colour: 'green', icon: CheckCircleIcon, meaning: 'checked, and as it should be' },
};

export function ComplianceLabel({ state, count }: { state: ComplianceState; count?: string }): ReactElement {
  const { text, colour, icon: Icon } = COMPLIANCE_LOOK[state];
  return (
    <Label color={colour} icon={<Icon />} isCompact>
      {count === undefined ? text : `${count} ${text.toLowerCase()}`}
    </Label>
  );
}

/** For a cell of the matrix: a shape, with the word for those who cannot see it. */
export function ComplianceMark({ state, policy }: { state: ComplianceState; policy: string }): ReactElement {
  const { text, colour, icon: Icon } = COMPLIANCE_LOOK[state];
  return (
    <span role="img" aria-label={`${policy}: ${text}`} title={`${policy}: ${text}`} className={`hilum-mark-${colour}`}>
      <Icon />
    </span>
  );
}

const SEVERITY_COLOUR = { critical: 'red', high: 'orange', medium: 'yellow', low: 'grey' } as const;

export function PolicySeverityLabel({ severity }: { severity: Severity }): ReactElement {
  return (
    <Label color={SEVERITY_COLOUR[severity]} variant="outline" isCompact>
      {severity.charAt(0).toUpperCase() + severity.slice(1)}
    </Label>
  );
}
