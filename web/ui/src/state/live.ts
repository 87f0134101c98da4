/**
 * The live picture and how old it is.
 *
 * ```text
 *        2 s silence
 *  LIVE -------------> LOST: nothing is a value any more
 *    ^                  |
 *    `---- picture -----'
 * ```
 *
 * What is shown changes at most once a second, but at once when alarms, latches, effects or the stage change.
 */
import { batch, computed, signal } from '@preact/signals';
import { LOST_AFTER_S } from '../model/reading';
import type { Alarm, Interlock, Picture } from '../model/picture';
import { listen } from './stream';

/** Values change in place at most this often. */
const SHOW_EVERY_MS = 950;

/** The picture that is shown. */
export const picture = signal<Picture | null>(null);
/** Seconds since the last picture came, to a tenth, as shown. */
export const silence = signal(0);
/** Rises with every picture that is shown. */
export const shownAt = signal(0);

export const lost = computed(() => silence.value >= LOST_AFTER_S);
/** Silence as far as values are concerned: zero until they are lost, so that they do not change for nothing. */
export const valueSilence = computed(() => (lost.value ? Math.floor(silence.value) : 0));

let newest: Picture | null = null;
let cameAt = performance.now();
let shownKey = '';
let shownMs = -Infinity;
const listeners = new Set<(picture: Picture) => void>();

/** Calls with every picture that comes, shown or not. */
export function onPicture(listener: (picture: Picture) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What must be seen at once. */
function urgentKey(of: Picture): string {
  const alarms = of.alarms.map((alarm) => `${alarm.name}${alarm.active}${alarm.acknowledged}${alarm.follows ?? ''}`);
  const stage = of.points['shutdown.stage']?.state ?? '';
  const keys = (rows: { key: string }[]) => rows.map((row) => row.key).join();
  // Whoever turns the key looks whether it is seen.
  const key = of.points['key_switch']?.state ?? '';
  // The heartbeat beats with every tick and says nothing new.
  const outputs = Object.entries(of.outputs).filter(([name, on]) => on && name !== 'heartbeat').map(([name]) => name);
  const aside = of.alarms_hidden.map((hidden) => hidden.name + hidden.how + hidden.raised);
  const plan = [...(of.tiers ?? []).map((tier) => tier.stage), ...(of.hosts ?? []).map((host) => host.state), of.points['shutdown.mode']?.state, of.points['shutdown.held']?.value == null];
  return [of.regime, stage, plan, key, ...alarms, ...aside, of.flood !== null, keys(of.effects), keys(of.latches), outputs, of.hold?.owner, keys(of.overrides), keys(of.out_of_service)].join('|');
}

function tick(): void {
  const now = performance.now();
  const silentS = (now - cameAt) / 1000;
  if (silentS >= LOST_AFTER_S) {
    silence.value = Math.floor(silentS * 2) / 2;
  } else if (newest && newest !== picture.value && now - shownMs >= SHOW_EVERY_MS) {
    show(newest, now);
  }
}

function show(next: Picture, now: number): void {
  shownMs = now;
  batch(() => {
    picture.value = next;
    silence.value = Math.round((now - cameAt) / 100) / 10;
    shownAt.value += 1;
  });
}

function take(text: string): void {
  let next: Picture;
  try {
    next = complete(JSON.parse(text) as Picture);
  } catch {
    return; // Half a picture is no picture; the silence grows and says so.
  }
  newest = next;
  cameAt = performance.now();
  for (const listener of listeners) listener(next);
  const key = urgentKey(next);
  if (key !== shownKey || lost.value || !picture.value) {
    shownKey = key;
    show(next, cameAt);
  }
}

/** Fields that an older controller does not send. */
function complete(next: Picture): Picture {
  const all = next.alarms.map((alarm): Alarm => ({ ...alarm, points: alarm.points ?? [], follows: alarm.follows ?? null }));
  // What a person has put aside is listed by itself and colours nothing.
  const alarms = all.filter((alarm) => alarm.display !== 'shelved' && alarm.display !== 'out-of-service');
  const alarms_hidden = next.alarms_hidden ?? [];
  const interlocks = next.interlocks.map((lock): Interlock => ({
    ...lock, holds: lock.holds ?? [], waits: lock.waits ?? [], stands_s: lock.stands_s ?? null, latched_s: lock.latched_s ?? null, silenced: lock.silenced ?? false,
  }));
  return { ...next, alarms, alarms_hidden, interlocks, overrides: next.overrides ?? [], out_of_service: next.out_of_service ?? [], extinguishers: next.extinguishers ?? {}, hosts: next.hosts ?? [], tiers: next.tiers ?? [], outlets: next.outlets ?? [], first_out: next.first_out ?? [], flood: next.flood ?? null, time: next.time ?? Date.now() / 1000 };
}

/** Starts listening; for the life of the page. */
export function start(): void {
  const noticeSilence = listen('/api/v1/events', 'snapshot', take);
  setInterval(() => {
    tick();
    noticeSilence();
  }, 100);
}
