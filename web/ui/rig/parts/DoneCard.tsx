/** What was done last, whoever did it: this page, the command line, a scenario, or an act that waited. */
import { Card } from '../../src/parts/Card';
import type { Picture } from '../model/picture';
import { ago } from '../model/words';

export function DoneCard({ picture }: { picture: Picture }) {
  return (
    <Card title="Done last" className="done-list">
      {picture.done.length === 0 && <p class="note">Nothing yet.</p>}
      <ol>
        {picture.done.slice(0, 12).map((one) => (
          <li key={one.sequence}><code>{one.act}</code><span>{ago(picture.now_s, one.at_s)}</span></li>
        ))}
      </ol>
    </Card>
  );
}
