/** A card: title, a note at its right, content. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

export function Card({ title, note, className = '', children }: {
  title: string;
  note?: ComponentChildren;
  className?: string;
  children: ComponentChildren;
}) {
  const id = useId();
  return (
    <section class={`card ${className}`} aria-labelledby={id}>
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
