/** The door lies before the section: hinges at the left frame, handle at the right, and a small plan of its leaf. */

export function Hinges() {
  return <path class="hinge" d="M171.500 206h4v16h-4zM171.500 500h4v16h-4z" />;
}

export function Handle({ open }: { open: boolean | null }) {
  return open === true ? null : <rect class={`handle${open === null ? ' blind' : ''}`} x="463" y="500" width="5" height="24" rx="2.500" />;
}

/** The plan seen from above: frame, leaf, hinge. */
export function Plan({ open, colour }: { open: boolean | null; colour: string }) {
  return (
    <g class={`plan ${colour}${open === null ? ' blind' : ''}`} transform="translate(574 546)">
      <path class="frame" d="M1.500 11V1.500H58.500V11" />
      {/* Open: outlined in ink, since a pale colour alone does not stand out. */}
      {open === true && <path class="leaf-under" d="M1.500 13h18" transform="rotate(60 1.5 13)" />}
      {open === true && <path class="leaf" d="M1.500 13h17" transform="rotate(60 1.5 13)" />}
      {open === false && <path class="leaf" d="M1.500 13H58.500" />}
      {open === false && <path class="leaf-end" d="M52 13h6" />}
      <circle cx="1.500" cy="13" r="3" />
    </g>
  );
}
