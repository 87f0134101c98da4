/** Outlets: what each feeds, whether it gives power, and what the controller does with it. */
import { figure, NBSP } from './format';
import type { Picture } from './picture';
import { read, stateOf, type Reading } from './reading';

const STATES: Record<string, string> = {
  'left alone': 'Left alone', 'is being cut': 'Being cut', cut: 'Cut until a person resets', 'not obeyed': 'Not obeyed', 'is being switched on': 'Being switched on',
};

export interface OutletLine {
  number: number;
  feeds: string;
  on: Reading;
  onWords: string;
  /** Empty where no power is measured. */
  power: string;
  /** What the controller does with it; none where it never switches it. */
  state: Reading | null;
  stateWords: string;
  obeyed: boolean;
}

/** Every outlet that the site lists, by its number. */
export function outletsOf(picture: Picture, silenceS = 0): OutletLine[] {
  const lines = picture.outlets.map((row): OutletLine => {
    const on = read(picture, `outlet.${row.number}.on`, silenceS);
    const power = read(picture, `outlet.${row.number}.power`, silenceS);
    const state = row.switched ? read(picture, `outlet.${row.number}.state`, silenceS) : null;
    const word = state === null ? null : stateOf(state);
    return {
      number: row.number, feeds: row.feeds, on, onWords: stateOf(on) === 'yes' ? 'On' : 'Off',
      power: power.kind === 'value' ? `${figure(power.value, 0)}${NBSP}W` : '',
      state, stateWords: word === null ? '' : (STATES[word] ?? word), obeyed: word !== 'not obeyed',
    };
  });
  return lines.sort((one, other) => one.number - other.number);
}
