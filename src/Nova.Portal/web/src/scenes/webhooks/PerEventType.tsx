import type { UseQueryResult } from '@tanstack/react-query';
import type { Webhook } from '../../api/types';
import { Page } from '../../widgets/Page';
import { useHere } from '../../api/scope';
export function PerEventType({ query }: { query: UseQueryResult<Webhook[]> }) { return <Page title={useHere().words.endpoints}>{query.data?.length}</Page>; }
