/** A card: title, a note at its right, content. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

/** `anchor` is its id, where `#/page/anchor` leads to it. */
export function Card({ title, note, className = '', anchor, children }: {
  title: string;
  note?: ComponentChildren;
  className?: string;
  anchor?: string;
  children: ComponentChildren;
}) {
  const id = useId();
  return (
    <section class={`card ${className}`} aria-labelledby={id} {...(anchor === undefined ? {} : { id: anchor, tabIndex: -1 })}>
      <div class="title">
        <h2 id={id}>{title}</h2>
        {note !== undefined && <span class="note">{note}</span>}
      </div>
      {children}
    </section>
  );
}

/** Name left, what it is right. */
export function Line({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="line">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
