/** What is not judged, on every page: how many inputs and for how long, with the way to the list. Nothing while all are. */
import { bypassSummary } from '../model/inputs';
import { lost, picture } from '../state/live';

/** `#/safety` shown at the list, whose id this is. */
export const LIST = 'not-judged';

/** Half out of sight: a hatched box. Grey: the alarm brings the colour. */
export function Hatch() {
  return (
    <svg class="hatch" viewBox="0 0 20 20" aria-hidden="true">
      <path d="M1 1h18v18H1zM1 7l6-6M1 13L13 1M1 19L19 1M7 19L19 7M13 19l6-6" />
    </svg>
  );
}

export function Bypassed({ className }: { className: string }) {
  const words = picture.value && bypassSummary(picture.value);
  if (!words) return null;
  return (
    <a class={`bypassed ${className}`} href={`#/safety/${LIST}`}>
      <Hatch />
      <span>{lost.value ? `As last known: ${words.replace(/,.*/, '')}` : words}</span>
    </a>
  );
}
