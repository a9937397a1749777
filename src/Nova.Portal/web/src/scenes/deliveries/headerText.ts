import type { Header } from '../../api/types';

/** Header lines as they stand on the wire. */
export const headerText = (headers: Header[]) => headers.map(header => `${header.name}: ${header.value}`).join('\n');
