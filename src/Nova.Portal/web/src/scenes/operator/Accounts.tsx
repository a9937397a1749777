import { Button, Group, Stack, Text } from '@mantine/core';
import { IconBuilding } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { take } from '../../api/client';
import { plainApi } from '../../api/session';
import { Failed, LoadingRows, NoneYet } from '../../widgets/Empty';
import { LinkButton, LinkText } from '../../widgets/links';
import { Page } from '../../widgets/Page';
import { When } from '../../widgets/When';

/** Every account of every product, and the way into each. */
export default function Accounts() {
  const query = useInfiniteQuery({
    queryKey: ['operator', 'accounts'], initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => take(plainApi.GET('/v1/accounts', { params: { query: { limit: 100, cursor: pageParam } as never }, signal })),
    getNextPageParam: page => page.next_cursor ?? undefined,
  });
  const accounts = query.data?.pages.flatMap(page => page.data) ?? [];
  return (
    <Page title="Accounts" about="The customers of every product. Open one to see what they see.">
      <Stack>
        <div className="nova-panel nova-scroll">
          {query.isError ? <Failed error={query.error} onRetry={() => void query.refetch()} /> : !query.data ? <LoadingRows /> : accounts.length === 0
            ? <NoneYet icon={<IconBuilding size={22} />} title="No accounts yet">Your services make them by the API, as their customers come.</NoneYet>
            : (
              <table className="nova-table">
                <thead><tr><th scope="col">Name</th><th scope="col">Product</th><th scope="col" className="nova-wide">Your id</th><th scope="col" className="nova-wide">Plan</th><th scope="col" className="nova-wide">Created</th><td /></tr></thead>
                <tbody>
                  {accounts.map(account => (
                    <tr key={account.id}>
                      <td><LinkText to="/$account/$environment" params={{ account: account.id, environment: 'production' }} size="sm" fw={550}>{account.name}</LinkText></td>
                      <td>{account.product}</td>
                      <td className="nova-wide nova-mono">{account.external_id ?? '–'}</td>
                      <td className="nova-wide">{account.plan ?? <Text span size="sm" c="dimmed">default</Text>}</td>
                      <td className="nova-wide"><When at={account.created_at} /></td>
                      <td style={{ width: 1 }}><LinkButton size="xs" variant="default" to="/$account/$environment" params={{ account: account.id, environment: 'sandbox' }} aria-label={`Sandbox of ${account.name}`}>Sandbox</LinkButton></td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
        </div>
        {query.hasNextPage && <Group justify="center"><Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>More</Button></Group>}
      </Stack>
    </Page>
  );
}
