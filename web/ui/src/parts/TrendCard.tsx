/** Exhaust and blower over the last hour: two small lanes, so that the day's shape is seen beside the figures. */
import { extent, linePath } from '../model/lines';
import type { Series } from '../model/picture';
import { figure } from '../model/format';
import { hour } from '../state/hour';
import { Card } from './Card';

const WIDTH = 280;
const HEIGHT = 60;

function Lane({ title, series, least, unit, noise, floor }: { title: string; series: Series | undefined; least: number; unit: string; noise: number; floor?: number }) {
  const span = series && extent(series);
  if (!series || !span) return null;
  const middle = (span[0] + span[1]) / 2;
  const half = Math.max(least, span[1] - span[0]) / 2;
  const box: [number, number] = [Math.max(floor ?? -Infinity, middle - half), middle + half];
  return (
    <figure class="lane">
      <figcaption>
        <span>{title}</span>
        <span class="span">{`${figure(span[0], 0)} to ${figure(span[1], 0)}\u00a0${unit}`}</span>
      </figcaption>
      <svg viewBox={`0 -2 ${WIDTH} ${HEIGHT + 4}`} preserveAspectRatio="none" aria-hidden="true">
        <path d={linePath(series, box, WIDTH, HEIGHT, noise)} />
      </svg>
    </figure>
  );
}

export function TrendCard() {
  const series = hour.value;
  const empty = series.size === 0;
  return (
    <Card title="Last hour" note={<a href="#/trends">Trends</a>} className="trend">
      {empty ? (
        <p class="support">No history yet.</p>
      ) : (
        <>
          <Lane title="Exhaust air" series={series.get('rack.exhaust.temperature')} least={4} unit="°C" noise={0.15} />
          <Lane title="Blower speed" series={series.get('blower.a.duty')} least={20} unit="%" noise={0.5} floor={0} />
        </>
      )}
    </Card>
  );
}
