/** The pages of the rig. */
import { hashRoute, type Tab } from '../../src/state/hash';

export const TABS: readonly Tab[] = [
  { key: 'rack', title: 'Rack', icon: 'M5 3h14v18H5zM5 9h14M5 15h14' },
  { key: 'acts', title: 'Acts', icon: 'M4 7h10M18 7h2M4 17h2M10 17h10M14 4v6M10 14v6' },
  { key: 'scenarios', title: 'Scenarios', icon: 'M5 4h14v16H5zM9 9h6M9 13h6M9 17h3' },
  { key: 'trends', title: 'Trends', icon: 'M4 3v17h17M7 15l4-5 4 3 5-7' },
];

export const { route, start } = hashRoute(TABS);
