/** The sentence on top: healthy, or how much is not; with the way back. */
import { Shape, Tick } from '../../src/parts/Shape';
import { sentenceOf } from '../model/words';
import { healthy } from '../state/act';
import { lost, picture, silence } from '../state/live';

/** `compact` for pages whose matter is below. */
export function Sentence({ compact = false }: { compact?: boolean }) {
  const now = picture.value;
  if (lost.value) {
    return (
      <section class="sentence lost" aria-label="Status">
        <div class="words">
          <p class="main">{`No data for ${Math.floor(silence.value)}\u00a0s: nothing here is true now.`}</p>
          <p class="support">The rig does not answer. Trying again every second.</p>
        </div>
      </section>
    );
  }
  if (!now) return <section class="sentence" aria-label="Status"><div class="words"><p class="main">Waiting for the first picture.</p></div></section>;
  const { text, support, abnormal } = sentenceOf(now);
  const fire = (now.truth['fire'] ?? 0) > 0;
  return (
    <section class={`sentence${fire ? ' red' : ''}${compact ? ' compact' : ''}`} aria-label="Status" data-state={abnormal ? 'abnormal' : 'healthy'}>
      {fire ? <Shape priority="critical" /> : abnormal ? <Shape priority="medium" filled /> : <Tick />}
      <div class="words">
        <p class="main">{text}</p>
        <p class="support">{support}</p>
      </div>
      {(abnormal || now.waiting.length > 0) && (
        <div class="acts"><button type="button" class={fire ? 'button onred' : 'button'} onClick={healthy}>Everything back to healthy</button></div>
      )}
    </section>
  );
}
