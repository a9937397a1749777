import { IconActivity, IconBuilding, IconListDetails, IconPackages, IconUsers, type Icon } from '@tabler/icons-react';

/** The operator's side bar. */
export const operatorPlaces: { path: 'accounts' | 'system' | 'products' | 'users' | 'audit'; label: string; icon: Icon }[] = [
  { path: 'accounts', label: 'Accounts', icon: IconBuilding },
  { path: 'system', label: 'System', icon: IconActivity },
  { path: 'products', label: 'Products and plans', icon: IconPackages },
  { path: 'users', label: 'People', icon: IconUsers },
  { path: 'audit', label: 'Audit log', icon: IconListDetails },
];
