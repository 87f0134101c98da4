/** Numbers, ages and times as the page writes them: SI, thin space in thousands, true minus, 24 h. */

const THIN = '\u2009';
const MINUS = '\u2212';
/** Between a figure and its unit. */
export const NBSP = '\u00a0';

/** A number with a fixed count of decimals. */
export function figure(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  const [whole = '', part] = text.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, THIN);
  const sign = value < 0 && Number(text) !== 0 ? MINUS : '';
  return sign + grouped + (part === undefined ? '' : `.${part}`);
}

/** How a quantity is shown: its unit on the page, decimals, and the factor from the API's unit. */
export interface Quantity {
  unit: string;
  decimals: number;
  factor: number;
}

const QUANTITIES: Record<string, Quantity> = {
  '°C': { unit: '°C', decimals: 1, factor: 1 },
  Pa: { unit: 'Pa', decimals: 1, factor: 1 },
  rpm: { unit: 'rpm', decimals: 0, factor: 1 },
  '%': { unit: '%', decimals: 0, factor: 1 },
  W: { unit: 'kW', decimals: 1, factor: 0.001 },
  'm³/s': { unit: 'm³/h', decimals: 0, factor: 3600 },
  A: { unit: 'A', decimals: 1, factor: 1 },
  d: { unit: 'days', decimals: 0, factor: 1 },
};

/** How a value of this unit is shown. */
export function quantityOf(unit: string): Quantity {
  return QUANTITIES[unit] ?? { unit, decimals: 1, factor: 1 };
}

/** A value of the API as the page writes it, without its unit. */
export function shown(value: number, unit: string): string {
  const { decimals, factor } = quantityOf(unit);
  return figure(value * factor, decimals);
}

/** The same with its unit. */
export function withUnit(value: number, unit: string): string {
  return `${shown(value, unit)}${NBSP}${quantityOf(unit).unit}`;
}

/** An age in one unit: 54 s, 11 min, 5 h, 2 d. */
export function ageWords(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s}${NBSP}s`;
  if (s < 3600) return `${Math.floor(s / 60)}${NBSP}min`;
  if (s < 48 * 3600) return `${Math.floor(s / 3600)}${NBSP}h`;
  return `${Math.floor(s / 86400)}${NBSP}d`;
}

/** A time that runs out: below 100 s in seconds, below an hour as m:ss, above in rounded hours. */
export function countdownWords(seconds: number): { figure: string; unit: string } {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 100) return { figure: String(s), unit: 's' };
  if (s < 3600) return { figure: `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`, unit: 'min' };
  return { figure: `about ${Math.round(s / 3600)}`, unit: 'h' };
}

/** The same as one text. */
export const timeWords = (seconds: number): string => {
  const words = countdownWords(seconds);
  return `${words.figure}${NBSP}${words.unit}`;
};

/** A time that is left of hours that a person has given: from an hour on with its minutes. */
export function leftWords(seconds: number): string {
  const minutes = Math.floor(Math.max(0, seconds) / 60);
  return minutes < 60 ? timeWords(seconds) : `${Math.floor(minutes / 60)}${NBSP}h ${minutes % 60}${NBSP}min`;
}

const two = (n: number) => String(n).padStart(2, '0');

/** Time of day with seconds. */
export function clock(unixS: number): string {
  const at = new Date(unixS * 1000);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** Time of day without seconds. */
export function hourMinute(unixS: number): string {
  return clock(unixS).slice(0, 5);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Day and month. */
export function dayMonth(unixS: number): string {
  const at = new Date(unixS * 1000);
  return `${at.getDate()}${NBSP}${MONTHS[at.getMonth()]}`;
}

/** The first letter small, unless the word is an abbreviation. */
export function lowerFirst(text: string): string {
  return /^[A-Z]{2}/.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1);
}

/** The first letter capital. */
export function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
