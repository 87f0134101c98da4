// Hosts that really go down, for a rack under test: each behind a management controller on Redfish and on an outlet of a Redfish PDU that
// measures what it gives. What they do they do in the emulated rack too: there they hang on the relays of their numbers.
import { createServer } from 'node:http';
import { once } from 'node:events';

const ROOT = '/redfish/v1';
const OUTLETS = `${ROOT}/PowerEquipment/RackPDUs/1/Outlets`;
/** Time of a shutdown in good order. */
const STOP_MS = 2_500;
const WORKING_W = 410.5;

const at = (path) => ({ '@odata.id': path });

export class Machines {
  /** Hosts of these names, the first one being the rack's first. */
  static async start(names) {
    const machines = new Machines();
    machines.hosts = new Map(names.map((name, place) => [name, { number: place + 1, on: true, hangs: false, asked: [] }]));
    machines.server = createServer((request, response) => machines.answer(request, response));
    machines.server.listen(0, '127.0.0.1');
    await once(machines.server, 'listening');
    machines.url = `http://127.0.0.1:${machines.server.address().port}`;
    return machines;
  }

  /** What they do they do in this rack too. */
  stand(rack) {
    this.rack = rack;
  }

  async answer(request, response) {
    let body = '';
    for await (const part of request) body += part;
    const found = request.method === 'POST' ? this.reset(request.url, JSON.parse(body || '{}')) : this.read(request.url);
    response.statusCode = found === undefined ? 404 : found === null ? 204 : 200;
    response.end(found ? JSON.stringify(found) : undefined);
  }

  read(path) {
    const names = [...this.hosts.keys()];
    const [, name] = /^\/redfish\/v1\/Systems\/([\w-]+)$/.exec(path) ?? [];
    const [, fed] = /\/Outlets\/([\w-]+)$/.exec(path) ?? [];
    const system = this.hosts.get(name);
    const host = this.hosts.get(fed);
    if (system) {
      const target = `${path}/Actions/ComputerSystem.Reset`;
      return { Id: name, Name: name, PowerState: system.on ? 'On' : 'Off', Actions: { '#ComputerSystem.Reset': { target, 'ResetType@Redfish.AllowableValues': ['On', 'GracefulShutdown'] } } };
    }
    if (host) return { Id: fed, PowerState: 'On', PowerWatts: { Reading: host.on ? WORKING_W : 4 }, Actions: {} };
    return {
      [`${ROOT}/`]: { Systems: at(`${ROOT}/Systems`), PowerEquipment: at(`${ROOT}/PowerEquipment`) },
      [`${ROOT}/Systems`]: { Members: names.map((one) => at(`${ROOT}/Systems/${one}`)) },
      [`${ROOT}/PowerEquipment`]: { RackPDUs: at(`${ROOT}/PowerEquipment/RackPDUs`) },
      [`${ROOT}/PowerEquipment/RackPDUs`]: { Members: [at(`${ROOT}/PowerEquipment/RackPDUs/1`)] },
      [`${ROOT}/PowerEquipment/RackPDUs/1`]: { Outlets: at(OUTLETS) },
      [OUTLETS]: { Members: names.map((one) => at(`${OUTLETS}/${one}`)) },
    }[path];
  }

  /** Null where it is taken. */
  reset(path, { ResetType: kind }) {
    const [, name] = /\/Systems\/([\w-]+)\/Actions\//.exec(path) ?? [];
    const host = this.hosts.get(name);
    if (!host) return undefined;
    host.asked.push(kind);
    if (kind === 'On') this.turn(host, true);
    else if (host.on && !host.hangs) setTimeout(() => this.turn(host, false), STOP_MS);
    return null;
  }

  turn(host, on) {
    host.on = on;
    const acts = [{ outlet_switch: { outlet: host.number, on } }, ...(on ? [{ host_start: { host: { one: host.number } } }] : [])];
    this.rack?.act(...acts).catch((error) => (this.fault = error));
  }

  end() {
    this.server.close();
    this.server.closeAllConnections();
  }
}
