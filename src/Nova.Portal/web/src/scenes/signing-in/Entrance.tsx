import { Center, Loader } from '@mantine/core';
import { IconLinkOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { take } from '../../api/client';
import { credentials } from '../../api/credentials';
import { plainApi, useSessionActions } from '../../api/session';
import { firstPlace } from '../../shell/firstPlace';
import { Failed, NoneYet } from '../../widgets/Empty';
import { takeLinkToken } from './linkToken';

/** How an embedded view begins: its link's token is good once, for a session of the frame's own. */
export default function Entrance() {
  const [token] = useState(takeLinkToken);
  const router = useRouter();
  const { begin } = useSessionActions();
  const entry = useQuery({
    queryKey: ['entrance', token], enabled: token !== undefined, retry: false, staleTime: Infinity, gcTime: 0,
    queryFn: async () => {
      const session = await take(plainApi.POST('/v1/portal-sessions', { body: { token: token! } }));
      credentials.bearer = session.token;
      begin(session);
      await router.navigate({ ...firstPlace(session), replace: true } as never);
      return true;
    },
  });
  if (!token) return <main><NoneYet icon={<IconLinkOff size={22} />} title="This view has ended">Its time is over, or it was opened without its link. Load the page anew that shows it.</NoneYet></main>;
  if (entry.isError) return <main><Failed error={entry.error} /></main>;
  return <Center component="main" mih="60vh"><Loader size="sm" aria-label="Loading" /></Center>;
}
