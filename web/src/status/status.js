"use strict";
// One rule: nothing old is shown as now. Two seconds without a picture and every number goes.
const STALE_MS = 2000;
const byId = (id) => document.getElementById(id);
const main = [["Exhaust", "rack.exhaust.temperature"], ["Room", "room.temperature"], ["Draft", "rack.draft.pressure"],
  ["Load", "it.power"], ["Blower", "blower.a.speed"], ["Door open", "door.open"],
  ["Extinguisher left", "extinguisher.left.state"], ["Extinguisher right", "extinguisher.right.state"]];
let timer = 0;
let shown = 0;

function element(tag, text, name) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (name) made.className = name;
  return made;
}
function value(point) {
  if (!point || point.value === null) return "– (" + (point ? point.reason : "unknown") + ")";
  return point.state || (point.value + " " + point.unit);
}
function show(s) {
  const worst = s.alarms[0];
  document.body.dataset.state = worst ? "abnormal" : "normal";
  byId("sentence").textContent = worst ? worst.text : (s.simulated ? "All is well (simulated rack)" : "All is well");
  byId("action").textContent = worst ? worst.action : "Fan " + s.fan.drive + " %, " + (s.regime || "starting");
  byId("values").replaceChildren(...main.map(([label, name]) => {
    const pair = document.createElement("div");
    pair.append(element("dt", label), element("dd", value(s.points[name])));
    return pair;
  }));
  byId("alarms").replaceChildren(...(s.alarms.length ? s.alarms.map((alarm) => {
    const line = element("li", "", alarm.priority);
    const state = (alarm.active ? "" : ", gone") + (alarm.acknowledged ? ", acknowledged" : "");
    line.append(element("span", "▲ " + alarm.priority, "priority"), " " + alarm.text + state + ". " + alarm.action + ".");
    return line;
  }) : [element("li", "None")]));
  byId("effects").textContent = s.effects.length ? s.effects.join(", ") : "None";
  if (Date.now() - shown < 1000) return;
  shown = Date.now();
  byId("points").replaceChildren(...Object.entries(s.points).filter(([, p]) => p.reason !== "not fitted").map(([name, p]) => {
    const row = document.createElement("tr");
    const head = element("th", name);
    head.scope = "row";
    row.append(head, element("td", value(p)), element("td", p.quality), element("td", p.age_s + " s"));
    return row;
  }));
}
function stale() {
  document.body.dataset.state = "stale";
  byId("sentence").textContent = "NO SIGNAL from the controller";
  byId("action").textContent = "The rack is still protected by the controller itself. Look at the rack.";
  for (const cell of document.querySelectorAll("dd")) cell.textContent = "STALE";
  byId("points").replaceChildren();
}
function alive() {
  clearTimeout(timer);
  timer = setTimeout(stale, STALE_MS);
}
const source = new EventSource("/api/v1/events");
source.addEventListener("snapshot", (event) => { alive(); show(JSON.parse(event.data)); });
source.addEventListener("stale", stale);
source.onerror = stale;
alive();
