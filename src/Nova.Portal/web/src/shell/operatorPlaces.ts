import { IconBuilding, type Icon } from '@tabler/icons-react';

/** The operator's side bar. */
export const operatorPlaces: { path: 'accounts'; label: string; icon: Icon }[] = [
  { path: 'accounts', label: 'Accounts', icon: IconBuilding },
];
