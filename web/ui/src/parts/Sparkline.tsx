/** The last hour of a value, small: its own scale, but never so narrow that noise looks like trouble. */
import { calmScale, highest, linePath } from '../model/lines';
import type { Row } from '../model/rows';
import { hour } from '../state/hour';

const WIDTH = 72;
const HEIGHT = 22;
/** A sparkline spans at least this many times the noise. */
const CALM = 6;

export function Sparkline({ row }: { row: Row }) {
  const series = row.points.map((name) => hour.value.get(name)).filter((one) => one !== undefined);
  const line = highest(series);
  const span = calmScale(line, row.noise * CALM);
  return (
    <svg class="spark" viewBox={`0 -1 ${WIDTH} ${HEIGHT + 2}`} preserveAspectRatio="none" aria-hidden="true">
      {span && <path d={linePath(line, span, WIDTH, HEIGHT, row.noise)} />}
    </svg>
  );
}
