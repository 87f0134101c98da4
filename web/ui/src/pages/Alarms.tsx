/** The alarm page: what is open, what follows from it, what can be done; and what was. */
import { useState } from 'preact/hooks';
import { AsideAlarms } from '../parts/AsideAlarms';
import { Figures } from '../parts/Figures';
import { History } from '../parts/History';
import { OpenAlarms } from '../parts/OpenAlarms';
import { Sentence } from '../parts/Sentence';
import { picture } from '../state/live';

export function Alarms() {
  const [page, setPage] = useState<'open' | 'aside' | 'history' | 'figures'>('open');
  const open = picture.value?.alarms.length ?? 0;
  const aside = picture.value?.alarms_hidden.length ?? 0;
  const choice = (key: 'open' | 'aside' | 'history' | 'figures', text: string) => (
    <button type="button" aria-pressed={page === key} onClick={() => setPage(key)}>{text}</button>
  );
  return (
    <main class="alarm-page">
      <Sentence compact />
      <div class="choices pages" role="group" aria-label="Which alarms">
        {choice('open', `Open ${open}`)}
        {choice('aside', `Put aside ${aside}`)}
        {choice('history', 'History')}
        {choice('figures', 'Figures')}
      </div>
      {page === 'open' && <OpenAlarms />}
      {page === 'aside' && <AsideAlarms />}
      {page === 'history' && <History />}
      {page === 'figures' && <Figures />}
    </main>
  );
}
