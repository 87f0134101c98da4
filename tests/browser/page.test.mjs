// The technician's page on real controllers: two racks side by side, one healthy, one whose blower stops.
import { describe } from 'node:test';
import { abnormal } from './abnormal.mjs';
import { normal } from './normal.mjs';

describe('the page', { concurrency: 2 }, () => {
  normal();
  abnormal();
});
