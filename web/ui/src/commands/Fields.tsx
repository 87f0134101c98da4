/** Fields that several commands ask for, with the bounds of the controller. */
import { isName } from '../state/person';

const REASON_BYTES_MAX = 96;
export const SERIAL_MAX = 24;

const bytes = (text: string) => new TextEncoder().encode(text).length;
const fits = (text: string, most: number) => text.trim() !== '' && bytes(text.trim()) <= most;

export const isReason = (text: string): boolean => fits(text, REASON_BYTES_MAX);
/** May be empty. */
export const isComment = (text: string): boolean => bytes(text.trim()) <= REASON_BYTES_MAX;
export const isSerial = (text: string): boolean => fits(text, SERIAL_MAX);

/** A whole number within a span. */
export const isWhole = (text: string, low: number, high: number): boolean => /^\d+$/.test(text.trim()) && Number(text) >= low && Number(text) <= high;

export function ReasonField({ reason, setReason, label = 'Reason' }: { reason: string; setReason: (reason: string) => void; label?: string }) {
  const wrong = !isComment(reason);
  return (
    <label class="field">
      {label}
      <input value={reason} maxLength={REASON_BYTES_MAX} autocomplete="off" aria-invalid={wrong} onInput={(event) => setReason(event.currentTarget.value)} />
      {wrong && <span class="wrong">{`Too long by ${bytes(reason.trim()) - REASON_BYTES_MAX} bytes.`}</span>}
    </label>
  );
}

export function SerialField({ serial, setSerial, label }: { serial: string; setSerial: (serial: string) => void; label: string }) {
  return (
    <label class="field">
      {label}
      <input value={serial} maxLength={SERIAL_MAX} autocomplete="off" onInput={(event) => setSerial(event.currentTarget.value)} />
    </label>
  );
}

export function NameField({ name, setName, label = 'Your name' }: { name: string; setName: (name: string) => void; label?: string }) {
  const wrong = name.trim() !== '' && !isName(name);
  return (
    <label class="field">
      {label}
      <input value={name} onInput={(event) => setName(event.currentTarget.value)} autocomplete="name" maxLength={40} aria-invalid={wrong} />
      {wrong && <span class="wrong">Letters, digits and . , - _ ' @ + ( ) / only.</span>}
    </label>
  );
}
