import { Label } from '@patternfly/react-core/dist/dynamic/components/Label';
import BanIcon from '@patternfly/react-icons/dist/esm/icons/ban-icon';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import ClockIcon from '@patternfly/react-icons/dist/esm/icons/clock-icon';
import ExclamationCircleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import ExclamationTriangleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import EyeIcon from '@patternfly/react-icons/dist/esm/icons/eye-icon';
import UnlinkIcon from '@patternfly/react-icons/dist/esm/icons/unlink-icon';
import type { ComponentType, ReactElement } from 'react';
import type { Alarm, Decision, SiteState } from './api-types';

type Colour = 'green' | 'orange' | 'purple' | 'red' | 'blue' | 'grey';
interface Look {
  text: string;
  colour: Colour;
  icon: ComponentType<{ className?: string }>;
  meaning: string;
}

/** Each state has a shape and a word of its own; colour only repeats them. */
export const STATE_LOOK: Record<SiteState, Look> = {
  live: { text: 'Live', colour: 'green', icon: CheckCircleIcon, meaning: 'fresh heartbeats' },
  late: { text: 'Late', colour: 'orange', icon: ClockIcon, meaning: 'no fresh heartbeat for up to five minutes' },
  'link-down': {
    text: 'Link down',
    colour: 'purple',
    icon: UnlinkIcon,
    meaning: 'the site works, its link is catching up',
  },
  dead: { text: 'Dead', colour: 'red', icon: ExclamationCircleIcon, meaning: 'nothing for more than five minutes' },
};

export const DECISION_LOOK: Record<Decision, Look> = {
  normal: { text: 'Normal', colour: 'green', icon: CheckCircleIcon, meaning: 'below the review threshold' },
  review: {
    text: 'Review',
    colour: 'blue',
    icon: EyeIcon,
    meaning: 'uncertain score or doubtful image: a person decides',
  },
  'pneumonia-suspected': {
    text: 'Suspected',
    colour: 'red',
    icon: ExclamationTriangleIcon,
    meaning: 'pneumonia suspected',
  },
  unreadable: { text: 'Unreadable', colour: 'grey', icon: BanIcon, meaning: 'the image could not be scored' },
};

export const ALARM_TEXT: Readonly<Record<Alarm['kind'], string>> = {
  'site-late': 'Site is late',
  'site-dead': 'Site is dead',
  'sequences-missing': 'Events are missing',
  'dead-letters': 'Dead letters',
  'component-down': 'Component down',
  quarantine: 'Events in quarantine',
};

const SEVERITY_LOOK: Record<Alarm['severity'], Look> = {
  warning: { text: 'Warning', colour: 'orange', icon: ExclamationTriangleIcon, meaning: '' },
  critical: { text: 'Critical', colour: 'red', icon: ExclamationCircleIcon, meaning: '' },
};

function LookLabel({ look }: { look: Look }): ReactElement {
  const Icon = look.icon;
  return (
    <Label color={look.colour} icon={<Icon />} isCompact>
      {look.text}
    </Label>
  );
}

export function StateLabel({ state }: { state: SiteState }): ReactElement {
  return <LookLabel look={STATE_LOOK[state]} />;
}

export function DecisionLabel({ decision }: { decision: Decision }): ReactElement {
  return <LookLabel look={DECISION_LOOK[decision]} />;
}

export function SeverityLabel({ severity }: { severity: Alarm['severity'] }): ReactElement {
  return <LookLabel look={SEVERITY_LOOK[severity]} />;
}
