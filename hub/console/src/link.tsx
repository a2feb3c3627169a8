import type { MouseEvent, ReactElement, ReactNode } from 'react';
import { useLocation } from './location';

/** A link within the console: a plain one for the browser (new tab, copy), followed without loading the page again. */
export function Link(props: {
  to: string;
  children: ReactNode;
  isCurrent?: boolean;
  className?: string;
}): ReactElement {
  const { to, children, isCurrent = false, className } = props;
  const [, go] = useLocation();
  const follow = (event: MouseEvent): void => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={to} onClick={follow} className={className} aria-current={isCurrent ? 'page' : undefined}>
      {children}
    </a>
  );
}
