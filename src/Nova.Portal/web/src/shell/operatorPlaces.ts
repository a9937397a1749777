import { IconActivity, IconBuilding, IconListDetails, IconPackages, IconUsers, type Icon } from '@tabler/icons-react';

/** The operator's side bar. The key goes there after g. */
export const operatorPlaces: { path: 'accounts' | 'system' | 'products' | 'users' | 'audit'; label: string; icon: Icon; key: string }[] = [
  { path: 'accounts', label: 'Accounts', icon: IconBuilding, key: 'a' },
  { path: 'system', label: 'System', icon: IconActivity, key: 's' },
  { path: 'products', label: 'Products and plans', icon: IconPackages, key: 'p' },
  { path: 'users', label: 'People', icon: IconUsers, key: 'u' },
  { path: 'audit', label: 'Audit log', icon: IconListDetails, key: 'l' },
];
