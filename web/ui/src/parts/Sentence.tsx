/** The sentence on top. A filled red banner is for what is critical and stands; below that the card stays grey. */
import type { ComponentChildren } from 'preact';
import { blinking, rank } from '../model/alarms';
import { sentenceOf, type Act } from '../model/sentence';
import { lost, picture, silence } from '../state/live';
import { sheet } from '../state/sheet';
import { Countdown } from './Countdown';
import { Shape, Tick } from './Shape';
import { useAcknowledge } from './useAcknowledge';

const LABELS: Record<Act, string> = {
  acknowledge: 'Acknowledge',
  silence: 'Silence horn',
  reset: 'Reset latches',
  automatic: 'Back to automatic',
};

function Lost() {
  const seconds = Math.floor(silence.value);
  return (
    <section class="sentence lost" aria-label="Status">
      <div class="words">
        <p class="main">{`No data for ${seconds}\u00a0s: do not trust this page.`}</p>
        <p class="support">Look at the beacon on the rack. Trying again every second.</p>
      </div>
    </section>
  );
}

/** `compact` without countdown and button, for pages whose matter is below; `children` stand at the right. */
export function Sentence({ compact = false, children }: { compact?: boolean; children?: ComponentChildren }) {
  const { acknowledge, busy } = useAcknowledge();
  const now = picture.value;
  if (lost.value || (!now && silence.value > 0)) return <><Lost />{children}</>;
  if (!now) {
    return (
      <section class="sentence" aria-label="Status">
        <div class="words"><p class="main">Waiting for the first picture.</p><p class="support">The controller is starting.</p></div>
      </section>
    );
  }
  const { priority, active, text, support, act, alarm } = sentenceOf(now);
  const red = priority === 'critical' && active;
  const press = () => {
    if (!act) return;
    if (act === 'acknowledge') {
      if (alarm) acknowledge(alarm);
    } else sheet.value = { kind: act };
  };
  const waiting = act === 'acknowledge' && alarm !== null && busy === alarm.name;
  return (
    <section class={`sentence${red ? ' red' : ''}${compact ? ' compact' : ''}`} aria-label="Status" data-priority={priority ?? 'none'}>
      {priority ? <Shape priority={priority} filled={!red} blink={blinking(now.alarms).sentence} /> : <Tick />}
      <div class="words">
        <p class="main">{text}</p>
        <p class="support">{support}</p>
      </div>
      {!compact && (
        <div class="acts">
          <Countdown />
          {act && (
            <button type="button" class={`button${red ? ' onred' : ''}`} onClick={press} disabled={waiting}>
              {waiting ? 'Asked' : LABELS[act]}
            </button>
          )}
        </div>
      )}
      {children}
    </section>
  );
}

/** What a screen reader hears: changes politely, a critical one as an alert, once. */
export function Announcer() {
  const now = picture.value;
  const said = lost.value ? null : now && sentenceOf(now);
  const alert = said?.priority === 'critical' && said.active;
  const words = lost.value ? 'No data: do not trust this page.' : said ? `${said.priority ? `Priority ${rank(said.priority)}. ` : ''}${said.alarm ? said.text : said.key}` : '';
  return (
    <div class="spoken">
      <div role="status">{alert || lost.value ? '' : words}</div>
      <div role="alert">{alert || lost.value ? words : ''}</div>
    </div>
  );
}
