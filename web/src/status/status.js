'use strict';
const SILENCE_MS = 2000;
const RECONNECT_MS = 2000;
const at = id => document.getElementById(id);
const rows = new Map();
let source, silence, last;

// Text is only changed when it differs, so that a screen reader does not say it again.
function say(node, text) { if (node.textContent !== text) node.textContent = text; }

function rowOf(name) {
  let row = rows.get(name);
  if (!row) {
    const line = document.createElement('tr');
    const head = document.createElement('th');
    head.scope = 'row';
    head.textContent = name;
    const cells = [0, 1, 2].map(() => document.createElement('td'));
    line.append(head, ...cells);
    at('rows').append(line);
    row = { line, cells };
    rows.set(name, row);
  }
  return row;
}

function headline(picture) {
  const worst = picture.alarms[0];
  const more = picture.alarms.length - 1;
  const head = at('head');
  delete head.dataset.stale;
  if (worst) {
    head.dataset.priority = worst.priority;
    say(at('headline'), `${worst.text}. ${worst.action}.`);
    say(at('support'), `Priority: ${worst.priority}. If ignored: ${worst.consequence}.` +
      (worst.active ? '' : ' The condition is gone; the alarm stands.') +
      (more > 0 ? ` And ${more} more alarm${more > 1 ? 's' : ''}.` : ''));
    return;
  }
  delete head.dataset.priority;
  const unwell = picture.latches.length > 0 || picture.regime === null || picture.regime === 'boot';
  say(at('headline'), unwell ? 'No alarm, but not in service' : 'All is well');
  say(at('support'), unwell ? `Latched: ${picture.latches.map(latch => latch.title).join(', ') || 'nothing'}.` : 'Nothing to do.');
}

function show(picture) {
  headline(picture);
  say(at('live'), `${picture.simulated ? 'SIMULATED RACK. ' : ''}Live. Control: ${picture.regime || 'unknown'}. ` +
    (picture.hold ? `Fan held at ${picture.hold.speed} % by ${picture.hold.owner}.` : `Fan ${picture.fan.drive} %.`));
  for (const [name, point] of Object.entries(picture.points)) {
    if (point.reason === 'not fitted') {
      if (rows.has(name)) { rows.get(name).line.remove(); rows.delete(name); }
      continue;
    }
    const [value, quality, age] = rowOf(name).cells;
    say(value, point.value === null ? '\u2013' : point.state || `${point.value} ${point.unit}`.trim());
    say(quality, point.reason ? `${point.quality}: ${point.reason}` : point.quality);
    say(age, `${point.age_s.toFixed(1)} s`);
  }
}

// An old number looks like a new one: it goes.
function stale() {
  clearTimeout(silence);
  at('head').dataset.stale = '';
  say(at('headline'), 'STALE: no data. Do not trust this page.');
  say(at('support'), 'Look at the rack itself.');
  say(at('live'), last ? `Last picture at ${last.toLocaleTimeString()}` : 'No picture yet');
  for (const { cells: [value, quality] } of rows.values()) { say(value, 'STALE'); say(quality, 'stale'); }
}

function connect() {
  source = new EventSource('/api/v1/events');
  source.addEventListener('snapshot', event => {
    clearTimeout(silence);
    silence = setTimeout(stale, SILENCE_MS);
    last = new Date();
    show(JSON.parse(event.data));
  });
  source.addEventListener('stale', stale);
  // A refusal closes the source for good; a broken line does not.
  source.onerror = () => { if (source.readyState === EventSource.CLOSED) setTimeout(connect, RECONNECT_MS); };
}

silence = setTimeout(stale, SILENCE_MS);
connect();
