/** The pages. The table of tabs is the only list of them. */
import { hashRoute, type Tab } from './hash';

export const TABS: readonly Tab[] = [
  { key: 'overview', title: 'Overview', icon: 'M5 3h14v18H5zM5 9h14M5 15h14' },
  { key: 'hosts', title: 'Hosts', icon: 'M3 4h18v5H3zM3 10.500h18v4H3zM3 16h18v4H3zM6 6.500h2M6 12.500h2M6 18h2' },
  { key: 'trends', title: 'Trends', icon: 'M4 3v17h17M7 15l4-5 4 3 5-7' },
  { key: 'safety', title: 'Safety', icon: 'M12 3l8 3v6c0 4.500-3.200 7.800-8 9-4.800-1.200-8-4.500-8-9V6zM8 12l3 3 5-6' },
  { key: 'alarms', title: 'Alarms', icon: 'M12 4L22 20H2zM12 10v5M12 17v1' },
];

export const { route, start } = hashRoute(TABS);
