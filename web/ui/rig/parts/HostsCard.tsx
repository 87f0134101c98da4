/** The hosts, one box each, by tier: working ones filled, others outlined with their word. */
import { figure, NBSP } from '../../src/model/format';
import { Card } from '../../src/parts/Card';
import type { HostState, Picture } from '../model/picture';
import { lost } from '../state/live';

const LETTER: Record<HostState, string> = { running: '', booting: 'B', stopping: 'S', halted: 'H', off: '0' };

export function HostsCard({ picture }: { picture: Picture }) {
  const { hosts } = picture;
  const count = (state: HostState) => hosts.filter((host) => host.state === state).length;
  const words = (['running', 'booting', 'stopping', 'halted', 'off'] as const).filter((state) => count(state) > 0).map((state) => `${count(state)} ${state}`).join(', ');
  const note = lost.value ? 'not known' : `${figure((picture.truth['power'] ?? 0) / 1000, 1)}${NBSP}kW`;
  return (
    <Card title="Hosts" note={note} className="host-boxes">
      <p role="img" aria-label={lost.value ? 'not known' : words}>
        {hosts.map((host, place) => (
          // Hosts have no name but their place.
          <i key={place} class={lost.value ? 'off' : host.state} title={`Host ${place + 1}, tier ${host.tier}: ${host.state}`}>{lost.value ? '?' : LETTER[host.state]}</i>
        ))}
      </p>
      <p class="note">{lost.value ? 'Not known' : words}</p>
    </Card>
  );
}
