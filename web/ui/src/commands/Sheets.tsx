/** The open command sheet. */
import { figure, NBSP } from '../model/format';
import { silence } from '../state/commands';
import { sheet, type Sheet } from '../state/sheet';
import { inputs, rack } from '../state/site';
import { AcknowledgeSheet } from './AcknowledgeSheet';
import { AbortHostsSheet, HoldHostsSheet, ResumeHostsSheet } from './HostsSheet';
import { DrillSheet, EndDrillSheet, RehearseSheet } from './DrillSheet';
import { InputSheet } from './InputSheet';
import { AutomaticSheet, ManualSheet } from './ManualSheet';
import { EndOverrideSheet, OverrideSheet } from './OverrideSheet';
import { CommissioningSheet, EndCommissioningSheet } from './CommissioningSheet';
import { EndSelfTestSheet, SelfTestSheet } from './SelfTestSheet';
import { ReplaceSheet } from './ReplaceSheet';
import { ResetSheet } from './ResetSheet';
import { InServiceSheet, OutOfServiceSheet } from './ServiceSheet';
import { BringBackSheet, ShelveSheet } from './ShelveSheet';
import { Steps } from './Steps';

type OfInputs = Extract<Sheet, { input: string }>['kind'];

const OF_INPUTS = { input: InputSheet, override: OverrideSheet, endOverride: EndOverrideSheet, outOfService: OutOfServiceSheet, inService: InServiceSheet };

/** A sheet about an input that the controller's table knows. */
function OfInput({ kind, input, close }: { kind: OfInputs; input: string; close: () => void }) {
  const known = inputs.value.find((one) => one.key === input);
  const Of = OF_INPUTS[kind];
  return known ? <Of key={kind} input={known} close={close} /> : null;
}

export function Sheets() {
  const open = sheet.value;
  const close = () => (sheet.value = null);
  if (!open) return null;
  switch (open.kind) {
    case 'manual':
      return <ManualSheet close={close} />;
    case 'automatic':
      return <AutomaticSheet close={close} />;
    case 'selfTest':
      return <SelfTestSheet close={close} />;
    case 'endSelfTest':
      return <EndSelfTestSheet close={close} />;
    case 'commissioning':
      return <CommissioningSheet close={close} />;
    case 'endCommissioning':
      return <EndCommissioningSheet close={close} />;
    case 'holdHosts':
      return <HoldHostsSheet close={close} />;
    case 'resumeHosts':
      return <ResumeHostsSheet close={close} />;
    case 'abortHosts':
      return <AbortHostsSheet close={close} />;
    case 'drill':
      return <DrillSheet close={close} />;
    case 'rehearse':
      return <RehearseSheet close={close} />;
    case 'endDrill':
      return <EndDrillSheet close={close} />;
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
            title: 'Silence horn', confirm: `Confirm: silence horn, ${rack.value?.name ?? 'this rack'}`, verb: 'Silence now', ready: true, order: silence,
            proof: (_, afterS) => ({ title: 'Horn is silent', text: `Read back off after ${figure(afterS, 1)}${NBSP}s.` }),
          }}
        >
          <p>Silences the horn for the causes that stand now. A new cause sounds it again.</p>
        </Steps>
      );
    case 'acknowledge':
      return <AcknowledgeSheet alarm={open.alarm} title={open.title} close={close} />;
    case 'input':
    case 'override':
    case 'endOverride':
    case 'outOfService':
    case 'inService':
      return <OfInput kind={open.kind} input={open.input} close={close} />;
  }
}
