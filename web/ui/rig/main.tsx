/** The rig's page: the emulated rack as it is, everything that can be done to it, and scenarios beside it. */
import 'uplot/dist/uPlot.min.css';
import '../src/css/base.css';
import '../src/css/shell.css';
import '../src/css/drawing.css';
import '../src/css/cards.css';
import '../src/css/trends.css';
import '../src/css/sheet.css';
import './css/rig.css';
import './css/controls.css';
import './css/scenarios.css';
import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import { TabLinks } from '../src/parts/TabLinks';
import { phone } from '../src/state/layout';
import * as theme from '../src/state/theme';
import { sentenceOf } from './model/words';
import { Acts } from './pages/Acts';
import { RackPage } from './pages/RackPage';
import { Scenarios } from './pages/Scenarios';
import { Trends } from './pages/Trends';
import { Confirm } from './parts/Confirm';
import { EchoBar } from './parts/EchoBar';
import { Header } from './parts/Header';
import * as live from './state/live';
import { lost, picture } from './state/live';
import { route, start as startRoute, TABS } from './state/route';
import * as tables from './state/tables';

const PAGES: Record<string, () => preact.JSX.Element> = { rack: RackPage, acts: Acts, scenarios: Scenarios, trends: Trends };

function App() {
  const Page = PAGES[route.value] ?? RackPage;
  const now = picture.value;
  const state = lost.value ? 'no data' : now && sentenceOf(now).abnormal ? 'abnormal' : 'healthy';
  const title = `Simulated rig: ${state}`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <>
      <Header />
      <Page />
      {phone.value && <TabLinks tabs={TABS} now={route.value} />}
      <EchoBar />
      <Confirm />
    </>
  );
}

theme.start();
startRoute();
live.start();
void tables.start();
const root = document.getElementById('app');
if (root) render(<App />, root);
