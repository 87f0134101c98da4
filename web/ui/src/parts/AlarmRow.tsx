/** One alarm: shape, title, state in words, age; what to do; the figure; one button. */
import { acknowledgedBy, isFollowOn, placesOf, stateWords } from '../model/alarms';
import { ageWords, clock, lowerFirst, withUnit } from '../model/format';
import type { Alarm, Picture } from '../model/picture';
import { read } from '../model/reading';
import { journal } from '../state/journal';
import { lost } from '../state/live';
import { sheet } from '../state/sheet';
import { Shape } from './Shape';

/** The values at which it shows, as one line; a tag instead of a number that cannot be trusted. */
function figures(now: Picture, alarm: Alarm): string {
  const parts = alarm.points.slice(0, 3).flatMap((name) => {
    const reading = read(now, name);
    if (reading.kind === 'unfitted' || lost.value) return [];
    if (reading.kind === 'none') return [reading.tag];
    if (reading.state !== undefined) return [];
    return reading.unit === '1' ? [`${reading.value.toFixed(2)} × clean`] : [withUnit(reading.value, reading.unit)];
  });
  return parts.join(', ');
}

export function AlarmRow({ alarm, now, gone, first, blink, busy, acknowledge }: {
  alarm: Alarm;
  now: Picture;
  /** No longer raised; it keeps its place while the list is touched. */
  gone: boolean;
  /** Words, where it was the first of its group. */
  first: string | null;
  blink: boolean;
  busy: boolean;
  acknowledge: () => void;
}) {
  const waits = !alarm.acknowledged && !gone;
  const places = placesOf(now, alarm);
  const seen = alarm.acknowledged ? acknowledgedBy(journal.value ?? [], alarm.name) : null;
  return (
    <li class={`alarm${waits ? ' waits' : ''}`} data-alarm={alarm.name}>
      <Shape priority={alarm.priority} filled={!isFollowOn(alarm)} blink={blink && !gone} />
      <span class="head">
        <h3>{alarm.text}</h3>
        <span class="state">{gone ? 'Over and acknowledged' : stateWords(alarm, first)}</span>
      </span>
      <span class="age">{ageWords(alarm.since_s)}<span class="spoken"> ago</span></span>
      <div class="do">
        <p>{`${alarm.action}.`}</p>
        <p class="consequence">{`If ignored: ${lowerFirst(alarm.consequence)}.`}</p>
        {seen && <p class="seen">{`Acknowledged ${clock(seen.time)} by ${seen.by}${seen.why === '' ? '' : `: ${seen.why}`}`}</p>}
      </div>
      <div class="foot">
        <span class="figures">{places.length > 0 && !lost.value ? <a href="#/hosts">{places.join(', ')}</a> : figures(now, alarm)}</span>
        <span class="acts">
        {alarm.shelve_max_min > 0 && !gone && (
          <button
            type="button" class="button" disabled={lost.value} aria-label={`Put aside: ${alarm.text}`}
            onClick={() => (sheet.value = { kind: 'shelve', alarm: alarm.name, title: alarm.text, limitMin: alarm.shelve_max_min })}
          >
            Put aside
          </button>
        )}
        {waits && (
          <button
            type="button" class="button" disabled={busy || lost.value} aria-label={`Acknowledge with a comment: ${alarm.text}`}
            onClick={() => (sheet.value = { kind: 'acknowledge', alarm: alarm.name, title: alarm.text })}
          >
            Comment
          </button>
        )}
        {waits && (
          <button type="button" class="button filled" onClick={acknowledge} disabled={busy || lost.value} aria-label={`Acknowledge: ${alarm.text}`}>
            {busy ? 'Asked' : 'Acknowledge'}
          </button>
        )}
        </span>
      </div>
    </li>
  );
}
