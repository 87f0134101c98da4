/** The controller's output lines as lamps: filled while the line is energised, with the word beside it. */
import { rank } from '../../src/model/alarms';
import { upperFirst } from '../../src/model/format';
import type { Priority } from '../../src/model/picture';
import { Card } from '../../src/parts/Card';
import type { Picture } from '../model/picture';
import { lost } from '../state/live';

/** What an energised line means when it is not usual. */
const ABNORMAL: Record<string, Priority> = { fire: 'critical', 'host-down': 'critical', 'power-cut': 'critical', horn: 'high', beacon: 'high', prealarm: 'high' };
/** Pulses and beats, which a lamp cannot show; the contact that two of them move is shown as it stands. */
const BEATS = new Set(['heartbeat', 'fan-contact-open', 'fan-contact-close']);

export function Outputs({ picture }: { picture: Picture }) {
  const contact = picture.truth['contact-closed'] === 1;
  const lamp = (name: string, on: boolean, word: string, priority: Priority | undefined) => {
    const colour = on && priority && !lost.value ? ` p${rank(priority)}` : '';
    return (
      <li key={name} data-output={name} data-on={lost.value ? 'unknown' : String(on)}>
        <i class={`lamp${on && !lost.value ? ' on' : ''}${colour}`} />
        <span>{upperFirst(name.replace(/-/g, ' '))}</span>
        <b>{lost.value ? 'not known' : word}</b>
      </li>
    );
  };
  return (
    <Card title="Outputs of the controller" className="outputs">
      <ul>
        {Object.entries(picture.outputs).filter(([name]) => !BEATS.has(name)).map(([name, on]) => lamp(name, on, on ? 'on' : 'off', ABNORMAL[name]))}
        {lamp('fan-contact', !contact, contact ? 'closed' : 'open', 'high')}
      </ul>
    </Card>
  );
}
