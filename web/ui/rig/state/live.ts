/**
 * The rack as it is, and how old that is. Figures change at most once a second, but at once when something was done, moved
 * or judged. After two seconds of silence nothing is a value any more.
 */
import { batch, computed, signal } from '@preact/signals';
import { LOST_AFTER_S } from '../../src/model/reading';
import { listen } from '../../src/state/stream';
import type { Picture } from '../model/picture';

const SHOW_EVERY_MS = 950;

export const picture = signal<Picture | null>(null);
/** Seconds since the last picture. */
export const silence = signal(0);
export const lost = computed(() => silence.value >= LOST_AFTER_S);
/** Degrees that the wheel has turned on the page: it moves with a picture and by what the speed is, never by itself. */
export const wheel = signal(0);

const calm = window.matchMedia('(prefers-reduced-motion: reduce)');
/** Of a thousand turns a minute the drawing shows this many degrees a picture. */
const DEGREES = 40;

let newest: Picture | null = null;
let cameAt = performance.now();
let shownAt = -Infinity;
let shownKey = '';
const listeners = new Set<(picture: Picture) => void>();

/** Calls with every picture that comes, shown or not. */
export function onPicture(listener: (picture: Picture) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What must be seen at once. */
function urgentKey(of: Picture): string {
  const outputs = Object.entries(of.outputs).filter(([name, on]) => on && name !== 'heartbeat').map(([name]) => name);
  const jobs = of.jobs.map((job) => `${job.id}${job.stage}${job.step}`);
  const hosts = of.hosts.map((host) => host.state);
  // The time that a held line has left counts down and is no news.
  const departures = of.departures.map((one) => one.says.replace(/[\d.]+ s$/, ''));
  return [of.done[0]?.sequence, ...departures, of.waiting.length, outputs, hosts, jobs, of.controller?.answers].join('|');
}

function take(text: string): void {
  let next: Picture;
  try {
    next = JSON.parse(text) as Picture;
  } catch {
    return; // Half a picture is none; the silence grows and says so.
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

function show(next: Picture, now: number): void {
  shownAt = now;
  batch(() => {
    picture.value = next;
    silence.value = Math.round((now - cameAt) / 100) / 10;
    if (!calm.matches) wheel.value = (wheel.value + (DEGREES * (next.truth['speed'] ?? 0)) / 1000) % 360;
  });
}

function tick(): void {
  const now = performance.now();
  const silentS = (now - cameAt) / 1000;
  if (silentS >= LOST_AFTER_S) silence.value = Math.floor(silentS * 2) / 2;
  else if (newest && newest !== picture.value && now - shownAt >= SHOW_EVERY_MS) show(newest, now);
}

export function start(): void {
  const noticeSilence = listen('/api/v1/events', 'picture', take);
  setInterval(() => {
    tick();
    noticeSilence();
  }, 100);
}
