/** The controls of the first page, made from the table of acts and the rack's own account of how it is set. */
import { upperFirst } from '../../src/model/format';
import { Card } from '../../src/parts/Card';
import { controlsOf, FIRST, type Control as One } from '../model/acts';
import type { Picture, Tables } from '../model/picture';
import { Control } from './Control';

const name = ({ row, which }: One) => upperFirst([row.name, ...which].join(' '));

export function Controls({ picture, tables }: { picture: Picture; tables: Tables }) {
  const rows = FIRST.map((act) => tables.acts.find((row) => row.name === act)).filter((row) => row !== undefined);
  const contact = tables.acts.find((row) => row.name === 'contact');
  return (
    <Card title="Set the rack" note={<a href="#/acts">All acts</a>} className="controls">
      {rows.flatMap((row) => controlsOf(row, picture.state)).map((control) => <Control key={control.key} control={control} name={name(control)} />)}
      {contact && (
        <details>
          <summary>Contacts</summary>
          {controlsOf(contact, picture.state).map((control) => <Control key={control.key} control={control} name={upperFirst(control.which.join(' '))} />)}
        </details>
      )}
    </Card>
  );
}
