/** Residuals: the finding in words, and how far each of seven equations is from being met. Shown; no protection goes by it. */
import { findingSentence, hasParity, KEEPS, placeOf, residualsOf, residualWords, type Residual } from '../model/parity';
import { read } from '../model/reading';
import { picture, valueSilence } from '../state/live';
import { Card } from './Card';
import { Shape, Tick } from './Shape';

function Row({ residual }: { residual: Residual }) {
  const { code, member, name, compares, reading, departs } = residual;
  const words = residualWords(residual);
  return (
    <li data-residual={member} data-departs={departs}>
      <span class="name"><b>{code}</b> {name}<small>{compares}</small></span>
      <span class="says">{departs && <Shape priority="low" filled />}<span>{words}</span></span>
      {reading.kind === 'value' ? (
        <div class="bar" role="img" aria-label={`${name}: ${words}`}>
          <i class="band" style={{ left: `${placeOf(-KEEPS)}%`, width: `${placeOf(KEEPS) - placeOf(-KEEPS)}%` }} />
          <i class="warn" style={{ left: '50%' }} />
          <i class={departs ? 'mark p4' : 'mark'} style={{ left: `${placeOf(reading.value)}%` }} />
        </div>
      ) : (
        <div class="bar hatched" role="img" aria-label={`${name}: ${words}`} />
      )}
    </li>
  );
}

export function ResidualsCard() {
  const now = picture.value;
  if (!now || !hasParity(now)) return null;
  const silence = valueSilence.value;
  const finding = read(now, 'parity.finding', silence);
  const { words, found } = findingSentence(finding);
  return (
    <Card title="Residuals" className="residuals" anchor="residuals" note="moves no protection">
      <p class="finding" data-finding={words}>
        {found ? <Shape priority="low" filled /> : finding.kind === 'value' && <Tick />}
        <span>{words}</span>
      </p>
      <ul>{residualsOf(now, silence).map((residual) => <Row key={residual.member} residual={residual} />)}</ul>
      <p class="note">Deviations σ of a healthy rack. Within the band for ever, or outside it for moments, is nothing; outside it for minutes departs.</p>
    </Card>
  );
}
