/** Acknowledging: one step once the name is known, and the sheet that asks for it before. */
import { useState } from 'preact/hooks';
import type { Alarm } from '../model/picture';
import { acknowledge as order, give } from '../state/commands';
import { notice } from '../state/notice';
import { person } from '../state/person';
import { sheet } from '../state/sheet';

export function useAcknowledge(): { acknowledge: (alarm: Alarm) => void; busy: string | null } {
  const [busy, setBusy] = useState<string | null>(null);
  const acknowledge = (alarm: Alarm) => {
    if (person.value === '') {
      sheet.value = { kind: 'acknowledge', alarm: alarm.name, title: alarm.text };
      return;
    }
    setBusy(alarm.name);
    void give(order(alarm.name, person.value)).then((outcome) => {
      setBusy(null);
      if (outcome.kind === 'refused') notice.value = `Not done: ${outcome.refused.reason}. ${outcome.refused.wayOut}`;
      else if (outcome.kind === 'unproven') notice.value = 'Not seen: the alarm still shows as not acknowledged. Try again.';
      else notice.value = null;
    });
  };
  return { acknowledge, busy };
}
