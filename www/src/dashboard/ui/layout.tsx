// Heads of pages, and cards.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Icon } from "./icon.tsx";

interface PageProps {
  title: string;
  /** The title where it is more than text. */
  heading?: ComponentChildren;
  about?: ComponentChildren;
  actions?: ComponentChildren;
  back?: { href: string; label: string };
  children: ComponentChildren;
}

let firstPage = true;

/** A page. Its heading takes the focus when one comes from another page, as a new document's would
 * be read from the top. */
export function Page({ title, heading, about, actions, back, children }: PageProps) {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · eConsent`;
  }, [title]);
  useEffect(() => {
    if (!firstPage) {
      head.current?.focus({ preventScroll: true });
    }
    firstPage = false;
  }, []);
  return (
    <div class="page">
      <header class="page-head">
        <div>
          {back && (
            <a class="crumb" href={back.href}>
              <Icon name="back" />
              {back.label}
            </a>
          )}
          <h1 class="outside" ref={head} tabIndex={-1}>
            {heading ?? title}
          </h1>
          {about && <p>{about}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

interface CardProps {
  title?: string;
  about?: ComponentChildren;
  actions?: ComponentChildren;
  /** Lists and tables reach to the edge. */
  flush?: boolean;
  children: ComponentChildren;
  foot?: ComponentChildren;
}

export function Card({ title, about, actions, flush, children, foot }: CardProps) {
  const id = useId();
  return (
    <section class="card" aria-labelledby={title && id}>
      {title && (
        <div class="card-head">
          <div>
            <h2 id={id}>{title}</h2>
            {about && <p>{about}</p>}
          </div>
          {actions && <div class="actions">{actions}</div>}
        </div>
      )}
      {flush ? children : <div class="card-body">{children}</div>}
      {foot && <div class="card-foot">{foot}</div>}
    </section>
  );
}

/** Names and values. */
export function Facts({ items }: { items: (readonly [string, ComponentChildren] | null)[] }) {
  return (
    <dl class="facts">
      {items.flatMap((item) =>
        item ? [<dt key={item[0]}>{item[0]}</dt>, <dd key={`${item[0]}:`}>{item[1]}</dd>] : [],
      )}
    </dl>
  );
}
