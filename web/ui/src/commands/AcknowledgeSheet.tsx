/** Acknowledging an alarm, with what was found. One step: it changes nothing in the rack. */
import { useState } from 'preact/hooks';
import { figure, lowerFirst, NBSP } from '../model/format';
import { acknowledge } from '../state/commands';
import { isComment, ReasonField } from './Fields';
import { Steps } from './Steps';

export function AcknowledgeSheet({ alarm, title, close }: { alarm: string; title: string; close: () => void }) {
  const [comment, setComment] = useState('');
  return (
    <Steps
      close={close}
      command={{
        title: `Acknowledge: ${lowerFirst(title)}`, confirm: '', verb: 'Acknowledge', single: true, ready: isComment(comment),
        order: (by) => acknowledge(alarm, by, comment.trim()),
        proof: (_, afterS) => ({ title: 'Acknowledged', text: `The controller shows it after ${figure(afterS, 1)}${NBSP}s.` }),
      }}
    >
      <p>Says that you have seen this alarm. It changes nothing in the rack.</p>
      <ReasonField reason={comment} setReason={setComment} label="What was found (optional)" />
    </Steps>
  );
}
