/** The open command sheet. */
import { figure, NBSP } from '../model/format';
import { acknowledge, silence } from '../state/commands';
import { rack } from '../state/site';
import { sheet } from '../state/sheet';
import { AutomaticSheet, ManualSheet } from './ManualSheet';
import { ReplaceSheet } from './ReplaceSheet';
import { ResetSheet } from './ResetSheet';
import { BringBackSheet, ShelveSheet } from './ShelveSheet';
import { Steps } from './Steps';

export function Sheets() {
  const open = sheet.value;
  const close = () => (sheet.value = null);
  if (!open) return null;
  switch (open.kind) {
    case 'manual':
      return <ManualSheet close={close} />;
    case 'automatic':
      return <AutomaticSheet close={close} />;
    case 'replace':
      return <ReplaceSheet unit={open.unit} close={close} />;
    case 'reset':
      return <ResetSheet close={close} />;
    case 'shelve':
      return <ShelveSheet alarm={open.alarm} title={open.title} limitMin={open.limitMin} close={close} />;
    case 'bringBack':
      return <BringBackSheet alarm={open.alarm} title={open.title} outOfService={open.outOfService} close={close} />;
    case 'silence':
      return (
        <Steps
          close={close}
          command={{
            title: 'Silence horn', confirm: `Confirm: silence horn, ${rack.value?.name ?? 'this rack'}`, verb: 'Silence now', ready: true, give: silence,
            proof: (_, afterS) => ({ title: 'Horn is silent', text: `Read back off after ${figure(afterS, 1)}${NBSP}s.` }),
          }}
        >
          <p>Silences the horn for the causes that stand now. A new cause sounds it again.</p>
        </Steps>
      );
    case 'acknowledge':
      return (
        <Steps
          close={close}
          command={{
            title: `Acknowledge: ${open.title}`, confirm: '', verb: 'Acknowledge', single: true, ready: true,
            give: (by) => acknowledge(open.alarm, by),
            proof: (_, afterS) => ({ title: 'Acknowledged', text: `The controller shows it after ${figure(afterS, 1)}${NBSP}s.` }),
          }}
        >
          <p>Says that you have seen this alarm. It changes nothing in the rack. Your name is asked once.</p>
        </Steps>
      );
  }
}
