/** The eight boards as the controller reads them. They stand before the rising air. */
import { alarmAt, isFollowOn } from '../model/alarms';
import type { Picture } from '../model/picture';
import { read } from '../model/reading';
import { BoardPlate } from './BoardPlate';

export function Boards({ picture, silenceS }: { picture: Picture; silenceS: number }) {
  return (
    <g class="boards">
      {[1, 2, 3, 4, 5, 6, 7, 8].map((board) => {
        const name = `rack.board.${board}.temperature`;
        const reading = read(picture, name, silenceS);
        if (reading.kind === 'unfitted') return null;
        const alarm = alarmAt(picture, name);
        const priority = alarm && !isFollowOn(alarm) ? alarm.priority : null;
        const shown = reading.kind === 'value' ? reading.value : reading.tag.replace(/^(STALE|BYPASSED).*/, '$1');
        return <BoardPlate key={board} board={board} name={name} shown={shown} priority={priority} />;
      })}
    </g>
  );
}
