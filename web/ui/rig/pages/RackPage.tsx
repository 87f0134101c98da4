/** The first page: the rack, how it is set, what is not healthy, and what the controller makes of it. */
import { narrow, phone } from '../../src/state/layout';
import { RigDrawing } from '../drawing/RigDrawing';
import { ControllerCard } from '../parts/ControllerCard';
import { Controls } from '../parts/Controls';
import { Departures } from '../parts/Departures';
import { DoneCard } from '../parts/DoneCard';
import { HostsCard } from '../parts/HostsCard';
import { Outputs } from '../parts/Outputs';
import { Sentence } from '../parts/Sentence';
import { picture } from '../state/live';
import { tables } from '../state/tables';

export function RackPage() {
  const [now, all] = [picture.value, tables.value];
  if (!now || !all) return <main><Sentence /></main>;
  const drawing = <RigDrawing picture={now} tables={all} near={narrow.value} />;
  const controls = <Controls picture={now} tables={all} />;
  const side = <><Departures picture={now} /><Outputs picture={now} /><HostsCard picture={now} /><ControllerCard picture={now} tables={all} /><DoneCard picture={now} /></>;
  return (
    <main class="rig">
      <Sentence />
      {phone.value ? <>{drawing}<Departures picture={now} />{controls}<Outputs picture={now} /><HostsCard picture={now} /><ControllerCard picture={now} tables={all} /><DoneCard picture={now} /></> : <>{controls}{drawing}<div class="side">{side}</div></>}
    </main>
  );
}
