/** The hosts' page: the plan of their shutdown, each tier with its hosts and what proves them off, and the record of the incident. */
import { OutletsCard } from '../parts/OutletsCard';
import { DrillCard } from '../parts/DrillCard';
import { PlanCard } from '../parts/PlanCard';
import { RecordCard } from '../parts/RecordCard';
import { Sentence } from '../parts/Sentence';
import { TiersCard } from '../parts/TiersCard';

export function Hosts() {
  return (
    <main class="hosts-page">
      <Sentence compact />
      <PlanCard />
      <TiersCard />
      <OutletsCard />
      <DrillCard />
      <RecordCard />
    </main>
  );
}
