/** The safety page: what is in force and why, the extinguishers, and the whole matrix as it stands. */
import { MatrixCard } from '../parts/MatrixCard';
import { Sentence } from '../parts/Sentence';
import { UnitsCard } from '../parts/UnitsCard';
import { WhyCard } from '../parts/WhyCard';

export function Safety() {
  return (
    <main class="safety-page">
      <Sentence compact />
      <WhyCard />
      <UnitsCard />
      <MatrixCard />
    </main>
  );
}
