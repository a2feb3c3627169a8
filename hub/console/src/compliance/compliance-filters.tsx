import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/dynamic/components/FormSelect';
import { SearchInput } from '@patternfly/react-core/dist/dynamic/components/SearchInput';
import type { ReactElement } from 'react';
import { COMPLIANCE_LOOK } from './compliance-labels';
import { STATES, type ComplianceState } from './compliance-types';

/** Search and state, as the address has them. */
export function ComplianceFilters(props: {
  label: string;
  placeholder: string;
  search: string;
  state: ComplianceState | null;
  onChange: (change: { search: string; state: ComplianceState | null }) => void;
}): ReactElement {
  const { label, placeholder, search, state, onChange } = props;
  return (
    <div className="hilum-filters" role="group" aria-label="Filters">
      <SearchInput
        aria-label={label}
        placeholder={placeholder}
        value={search}
        onChange={(_event, value) => onChange({ search: value, state })}
        onClear={() => onChange({ search: '', state })}
      />
      <FormSelect
        aria-label="State"
        value={state ?? ''}
        onChange={(_event, value) => onChange({ search, state: STATES.find((known) => known === value) ?? null })}
      >
        <FormSelectOption value="" label="Any state" />
        {STATES.map((known) => (
          <FormSelectOption key={known} value={known} label={COMPLIANCE_LOOK[known].text} />
        ))}
      </FormSelect>
    </div>
  );
}
