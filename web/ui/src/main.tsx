/** The technician's page: header, one of its pages, and the sheet of a command. */
import 'uplot/dist/uPlot.min.css';
import './css/base.css';
import './css/shell.css';
import './css/values.css';
import './css/drawing.css';
import './css/cards.css';
import './css/alarms.css';
import './css/trends.css';
import './css/safety.css';
import './css/hosts.css';
import './css/sheet.css';
import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import { Sheets } from './commands/Sheets';
import { titleWords } from './model/alarms';
import { Alarms } from './pages/Alarms';
import { Hosts } from './pages/Hosts';
import { Overview } from './pages/Overview';
import { Safety } from './pages/Safety';
import { Trends } from './pages/Trends';
import { Bypassed } from './parts/Bypassed';
import { Header } from './parts/Header';
import { Announcer } from './parts/Sentence';
import { Tabs } from './parts/Tabs';
import * as hour from './state/hour';
import * as drills from './state/drills';
import * as journal from './state/journal';
import { narrow, phone } from './state/layout';
import { lost, picture } from './state/live';
import * as live from './state/live';
import { notice } from './state/notice';
import * as routes from './state/route';
import * as site from './state/site';
import * as theme from './state/theme';

const PAGES: Record<string, () => preact.JSX.Element> = { overview: Overview, hosts: Hosts, trends: Trends, safety: Safety, alarms: Alarms };

function App() {
  const Page = PAGES[routes.route.value] ?? Overview;
  const rack = site.rack.value?.name ?? 'Rack';
  const title = lost.value ? `No data: ${rack}` : titleWords(picture.value?.alarms ?? [], rack);
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <>
      <Header phone={phone.value} narrow={narrow.value} />
      {narrow.value && <Bypassed className="strip" />}
      <Announcer />
      <Page />
      {phone.value && <Tabs />}
      {notice.value !== null && (
        <p class="notice" role="alert">
          {notice.value}
          <button type="button" class="button" onClick={() => (notice.value = null)}>Close</button>
        </p>
      )}
      <Sheets />
    </>
  );
}

theme.start();
routes.start();
live.start();
site.start();
hour.start();
journal.start();
drills.start();
const root = document.getElementById('app');
if (root) render(<App />, root);
