/** The alarm page: what is open, what follows from it, what can be done; and what was. */
import { useState } from 'preact/hooks';
import { History } from '../parts/History';
import { OpenAlarms } from '../parts/OpenAlarms';
import { Sentence } from '../parts/Sentence';
import { picture } from '../state/live';

export function Alarms() {
  const [page, setPage] = useState<'open' | 'history'>('open');
  const open = picture.value?.alarms.length ?? 0;
  const choice = (key: 'open' | 'history', text: string) => (
    <button type="button" aria-pressed={page === key} onClick={() => setPage(key)}>{text}</button>
  );
  return (
    <main class="alarm-page">
      <Sentence compact />
      <div class="choices" role="group" aria-label="Which alarms">
        {choice('open', `Open ${open}`)}
        {choice('history', 'History')}
      </div>
      {page === 'open' ? <OpenAlarms /> : <History />}
    </main>
  );
}
