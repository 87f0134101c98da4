// The technician's page on real controllers: racks side by side: one healthy, one whose blower stops, one whose alarms are put aside, one
// on fire, one whose inputs persons take out of the judgement, one whose blower tests itself, one whose hosts
// go down, one whose hosts are drilled.
import { describe } from 'node:test';
import { abnormal } from './abnormal.mjs';
import { aside } from './aside.mjs';
import { drill } from './drill.mjs';
import { filters } from './filters.mjs';
import { fire } from './fire.mjs';
import { hosts } from './hosts.mjs';
import { normal } from './normal.mjs';
import { persons } from './persons.mjs';

describe('the page', { concurrency: 2 }, () => {
  normal();
  abnormal();
  aside();
  fire();
  filters();
  hosts();
  drill();
  persons();
});
