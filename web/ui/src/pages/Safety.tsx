/** The safety page: what is in force and why, what is not judged, the extinguishers, filters and blower, residuals, and the whole matrix as it stands. */
import { BypassCard } from '../parts/BypassCard';
import { FiltersCard } from '../parts/FiltersCard';
import { InputsCard } from '../parts/InputsCard';
import { MatrixCard } from '../parts/MatrixCard';
import { ResidualsCard } from '../parts/ResidualsCard';
import { Sentence } from '../parts/Sentence';
import { UnitsCard } from '../parts/UnitsCard';
import { WhyCard } from '../parts/WhyCard';

export function Safety() {
  return (
    <main class="safety-page">
      <Sentence compact />
      <WhyCard />
      <BypassCard />
      <InputsCard />
      <UnitsCard />
      <FiltersCard />
      <ResidualsCard />
      <MatrixCard />
    </main>
  );
}
