import { Center, Loader } from '@mantine/core';
import { IconLinkOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { take } from '../../api/client';
import { credentials } from '../../api/credentials';
import { ApiProblem } from '../../api/problem';
import { plainApi, useSessionActions } from '../../api/session';
import { firstPlace } from '../../shell/firstPlace';
import { tellHost } from '../../shell/host';
import { routerBase } from '../../theme/place';
import { Failed, NoneYet } from '../../widgets/Empty';
import { takeLinkToken } from './linkToken';

/** How an embedded view begins: its link's token is good once, for a session of the frame's own. */
export default function Entrance() {
  const [token] = useState(takeLinkToken);
  const [screen] = useState(askedScreen);
  const router = useRouter();
  const { begin } = useSessionActions();
  const entry = useQuery({
    queryKey: ['entrance', token], enabled: token !== undefined, retry: false, staleTime: Infinity, gcTime: 0,
    queryFn: async () => {
      const answer = await take(plainApi.POST('/v1/portal-sessions', { body: { token: token! } }));
      credentials.bearer = answer.token ?? undefined;
      const { to, params } = firstPlace(begin(answer));
      await router.navigate(screen && params ? { href: `${routerBase}/${params.account}/${params.environment}/${screen}`, replace: true } : { to, params, replace: true } as never);
      return true;
    },
  });
  const ended = !token || (entry.error instanceof ApiProblem && entry.error.status === 410);
  useEffect(() => { if (ended) tellHost({ type: 'ended' }); }, [ended]);
  if (ended) return <main><NoneYet icon={<IconLinkOff size={22} />} title="This view has ended">Its time is over, or its link was opened before. Load the page anew that shows it.</NoneYet></main>;
  if (entry.isError) return <main><Failed error={entry.error} onRetry={() => void entry.refetch()} /></main>;
  return <Center component="main" mih="60vh"><Loader size="sm" aria-label="Loading" /></Center>;
}

/** `?screen=deliveries`: which screen the host wants first. A word and perhaps an id, and so never a way out of the account. */
function askedScreen(): string | undefined {
  const asked = new URLSearchParams(location.search).get('screen');
  return asked && /^[a-z-]+(\/[\w-]+)?$/.test(asked) ? asked : undefined;
}
