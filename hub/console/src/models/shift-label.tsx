import { Label } from '@patternfly/react-core/dist/dynamic/components/Label';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import ExclamationCircleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import ExclamationTriangleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import MinusCircleIcon from '@patternfly/react-icons/dist/esm/icons/minus-circle-icon';
import type { ReactElement } from 'react';
import type { AbsentReason, ShiftLevel } from './model-types';
import { ABSENT_TEXT } from './model-words';

const LOOK = {
  stable: { text: 'Stable', colour: 'green', icon: CheckCircleIcon },
  shifting: { text: 'Shifting', colour: 'orange', icon: ExclamationTriangleIcon },
  shifted: { text: 'Shifted', colour: 'red', icon: ExclamationCircleIcon },
} as const;

/** A word and a shape of its own for each level; colour only repeats them. */
export function ShiftLabel(props: { level: ShiftLevel | null; reason: AbsentReason | null }): ReactElement {
  const { level, reason } = props;
  if (level === null)
    return (
      <Label color="grey" icon={<MinusCircleIcon />} isCompact>
        {reason === null ? 'Not judged' : ABSENT_TEXT[reason]}
      </Label>
    );
  const { text, colour, icon: Icon } = LOOK[level];
  return (
    <Label color={colour} icon={<Icon />} isCompact>
      {text}
    </Label>
  );
}
