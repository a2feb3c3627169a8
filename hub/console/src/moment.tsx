import { useEffect, useState, type ReactElement } from 'react';
import { formatAge, formatMoment, formatTime } from './format';
import { useNow } from './now';

/** How long ago something was, kept true; the moment itself on hover and focus. */
export function Age({ at, after = '' }: { at: string; after?: string }): ReactElement {
  const now = useNow();
  return <Moment at={at}>{`${formatAge(at, now)}${after}`}</Moment>;
}

/** A moment in the viewer's time zone; all of it, with the zone, on hover and focus. */
export function Moment({ at, children }: { at: string; children?: string }): ReactElement {
  return (
    <time dateTime={at} tabIndex={0} className="hilum-moment" data-moment={at}>
      {children ?? formatTime(at)}
    </time>
  );
}

const TIP_ID = 'hilum-moment-tip';
const GAP_PX = 6;

interface Tip {
  text: string;
  left: number;
  top: number;
}

/** Says the whole of whichever moment is pointed at or focused: one for the page, since a table holds hundreds of them. */
export function MomentTip(): ReactElement | null {
  const [tip, setTip] = useState<Tip | null>(null);
  useEffect(() => {
    let described: Element | null = null;
    const hide = (): void => {
      described?.removeAttribute('aria-describedby');
      described = null;
      setTip(null);
    };
    const show = (event: Event): void => {
      const moment = event.target instanceof Element ? event.target.closest('[data-moment]') : null;
      if (moment === described) return;
      hide();
      const at = moment?.getAttribute('data-moment');
      if (moment === null || at === null || at === undefined) return;
      const { left, bottom } = moment.getBoundingClientRect();
      described = moment;
      moment.setAttribute('aria-describedby', TIP_ID);
      setTip({ text: formatMoment(at), left, top: bottom + GAP_PX });
    };
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') hide();
    };
    document.addEventListener('mouseover', show);
    document.addEventListener('focusin', show);
    document.addEventListener('keydown', onKey);
    document.addEventListener('scroll', hide, true);
    return () => {
      document.removeEventListener('mouseover', show);
      document.removeEventListener('focusin', show);
      document.removeEventListener('keydown', onKey);
      document.removeEventListener('scroll', hide, true);
    };
  }, []);
  if (tip === null) return null;
  return (
    <div role="tooltip" id={TIP_ID} className="hilum-tip" style={{ left: tip.left, top: tip.top }}>
      {tip.text}
    </div>
  );
}
