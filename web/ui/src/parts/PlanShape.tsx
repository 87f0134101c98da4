/** How a tier or host stands, as a shape: it needs no colour. */
import type { Look } from '../model/hosts';

const STROKES: Record<Look, preact.JSX.Element> = {
  rest: <circle cx="10" cy="10" r="8" />,
  warned: <><circle cx="10" cy="10" r="8" /><circle class="solid" cx="10" cy="10" r="3.2" /></>,
  runs: <path class="solid" d="M2 3.500h16L10 17.500z" />,
  off: <><circle cx="10" cy="10" r="8" /><path d="M6 10.400l2.900 2.900L14.200 7" /></>,
  cut: <><circle cx="10" cy="10" r="8" /><path d="M6.300 6.300l7.400 7.400M13.700 6.300l-7.400 7.400" /></>,
  waits: <><circle cx="10" cy="10" r="8" /><path d="M8 6.500v7M12 6.500v7" /></>,
  back: <path d="M2 16.500h16L10 2.500z" />,
  late: <path d="M10 2.500 18.200 17H1.800zM10 7.500v4.700M10 13.600v1.600" />,
  unknown: <rect class="unsure" x="2.500" y="2.500" width="15" height="15" />,
};

export function PlanShape({ look }: { look: Look }) {
  return <svg class={`plan-shape ${look}`} viewBox="0 0 20 20" aria-hidden="true">{STROKES[look]}</svg>;
}
