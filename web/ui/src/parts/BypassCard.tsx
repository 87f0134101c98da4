/** Inputs that persons have taken out of the judgement: which, by whom, why, for how long, and the way back. */
import { standingOf, standingWords } from '../model/inputs';
import { lost, picture } from '../state/live';
import { sheet, type Sheet } from '../state/sheet';
import { Hatch, LIST } from './Bypassed';
import { Card } from './Card';

function Entry({ input, title, words, verb, to }: { input: string; title: string; words: string; verb: string; to: Sheet }) {
  return (
    <li data-bypass={input}>
      <Hatch />
      <span class="what"><b>{title}</b><span>{lost.value ? 'no data' : words}</span></span>
      <button type="button" class="button" disabled={lost.value} aria-label={`${verb}: ${title}`} onClick={() => (sheet.value = to)}>{verb}</button>
    </li>
  );
}

export function BypassCard() {
  const now = picture.value;
  if (!now) return null;
  const { overrides, out_of_service: out } = now;
  const count = overrides.length + out.length;
  return (
    <Card title="Overrides" note={count === 0 ? 'none' : `${overrides.length} overridden, ${out.length} out of service`} className="bypass" anchor={LIST}>
      {count === 0 && <p class="nothing">Every input is judged.</p>}
      {count > 0 && (
        <ul>
          {overrides.map((one) => (
            <Entry key={one.key} input={one.key} title={one.title} words={standingWords(standingOf(now, one.key))} verb="End" to={{ kind: 'endOverride', input: one.key }} />
          ))}
          {out.map((one) => (
            <Entry key={one.key} input={one.key} title={one.title} words={standingWords(standingOf(now, one.key))} verb="Put back" to={{ kind: 'inService', input: one.key }} />
          ))}
        </ul>
      )}
      {count > 0 && <p class="hint">What an overridden input alone would raise is not raised. One that is out of service counts as if it were not fitted.</p>}
    </Card>
  );
}
