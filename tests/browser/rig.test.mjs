// The rig's page on a real rig without a controller, and on the one beside a demo.
import { describe } from 'node:test';
import { rigAlone } from './rig-alone.mjs';
import { rigBesideDemo } from './rig-demo.mjs';

describe('the page of the rig', { concurrency: 2 }, () => {
  rigAlone();
  rigBesideDemo();
});
