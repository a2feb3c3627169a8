import { Card, CardBody, CardTitle } from '@patternfly/react-core/dist/dynamic/components/Card';
import type { ReactElement, ReactNode } from 'react';

export function Panel({ title, children }: { title: string; children: ReactNode }): ReactElement {
  return (
    <Card component="section" aria-label={title}>
      <CardTitle component="h2">{title}</CardTitle>
      <CardBody>{children}</CardBody>
    </Card>
  );
}
