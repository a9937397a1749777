import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi, Outlet } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { Environment } from '../api/client';
import { productQuery, ScopeProvider } from '../api/scope';
import { rememberPlace } from './firstPlace';
import { embedded } from '../theme/place';
import { EmbedFrame } from './EmbedFrame';
import { Frame } from './Frame';

const route = getRouteApi('/$account/$environment');

const Around = embedded ? EmbedFrame : Frame;

/** Everything about one account and one environment of it. */
export default function AccountShell() {
  const { account, environment } = route.useParams() as { account: string; environment: Environment };
  const { data: product } = useSuspenseQuery(productQuery({ account, environment }));
  useEffect(() => { if (!embedded) rememberPlace(account, environment); }, [account, environment]);
  return (
    // Another account or environment is another world: nothing on the screen outlives the switch.
    <ScopeProvider key={`${account}/${environment}`} scope={{ account, environment }} product={product}>
      <Around><Outlet /></Around>
    </ScopeProvider>
  );
}
