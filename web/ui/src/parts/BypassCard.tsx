/** Inputs that persons have taken out of the judgement: which, by whom, why and for how long. Nothing where there is none. */
import { timeWords } from '../model/format';
import { lost, picture } from '../state/live';
import { Card, Line } from './Card';

export function BypassCard() {
  const now = picture.value;
  if (!now || now.overrides.length + now.out_of_service.length === 0) return null;
  return (
    <Card title="Inputs that are not judged" className="bypass">
      <dl>
        {now.overrides.map((one) => (
          <Line key={one.key} name={one.title}>
            {lost.value ? 'no data' : `overridden for ${timeWords(one.left_s)} more by ${one.by}: ${one.reason}`}
          </Line>
        ))}
        {now.out_of_service.map((one) => (
          <Line key={one.key} name={one.title}>{lost.value ? 'no data' : 'out of service'}</Line>
        ))}
      </dl>
      <p class="hint">
        What an overridden input alone would raise is not raised. One that is out of service counts as if it were not fitted.
      </p>
    </Card>
  );
}
