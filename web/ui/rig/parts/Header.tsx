/** The header: a band that no controller's page has, what is served, and how old the picture is. */
import { TabLinks } from '../../src/parts/TabLinks';
import { ThemeSwitch } from '../../src/parts/ThemeSwitch';
import { phone } from '../../src/state/layout';
import { rackTime } from '../model/words';
import { lost, picture, silence } from '../state/live';
import { route, TABS } from '../state/route';
import { tables } from '../state/tables';

function Live() {
  const now = picture.value;
  if (!now) return <span class="live">No picture yet</span>;
  if (lost.value) return <span class="live"><span class="value tag">{`${Math.floor(silence.value)} s old`}</span></span>;
  const speed = tables.value?.speed ?? 1;
  return (
    <span class="live">
      <i class="dot" />
      <span class="word">{speed === 1 ? 'Live,' : `Live at ${speed} ×,`}</span>
      <span title="The rack’s clock">{rackTime(now.now_s)}</span>
    </span>
  );
}

export function Header() {
  return (
    <>
      <section class="band" aria-label="What this page is"><b>SIMULATED RIG</b><span>a test tool: nothing here is a real rack</span></section>
      <header>
        <h1>Emulated rack</h1>
        {!phone.value && <TabLinks tabs={TABS} now={route.value} />}
        <span class="status">
          <Live />
          <ThemeSwitch />
        </span>
      </header>
    </>
  );
}
