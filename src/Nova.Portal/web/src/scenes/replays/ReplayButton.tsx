import { Button, Stack, Text, type ButtonProps } from '@mantine/core';
import { IconRepeat } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useHere, useRefresh } from '../../api/scope';
import { Confirm } from '../../widgets/Confirm';
import { refused, told } from '../../widgets/tell';
import { span } from '../../widgets/When';

/** Deliveries per second. Receivers that were down are not to be thrown down again. */
export const gentleRate = 50;

/** Counts first what would be sent again, then asks, then lets the server do it and shows how far it is. */
export function ReplayButton({ label, what, start, children, ...button }: {
  label: string; what: string; start: (more: { dry_run: true } | { rate: number }) => Promise<unknown>; children?: ReactNode;
} & ButtonProps) {
  const { account, environment } = useHere();
  const refresh = useRefresh();
  const navigate = useNavigate();
  const [found, setFound] = useState<{ matching: number; at_least: boolean }>();
  const count = useMutation({ mutationFn: () => start({ dry_run: true }) as Promise<{ matching: number; at_least: boolean }>, onSuccess: setFound, onError: refused });
  const number = found ? `${found.at_least ? 'more than ' : ''}${found.matching.toLocaleString()}` : '';
  const none = found?.matching === 0;
  return (
    <>
      <Button size="xs" variant="default" leftSection={<IconRepeat size={14} />} {...button} loading={count.isPending} onClick={() => count.mutate()}>{label}</Button>
      {found && (
        <Confirm
          title={none ? 'There is nothing to send again' : `Send ${number} again?`} verb={none ? 'Close' : `Replay ${number}`} danger={false} onClose={() => setFound(undefined)}
          typed={found.matching > 1000 ? String(found.matching) : undefined}
          onConfirm={async () => {
            if (none) return;
            await start({ rate: gentleRate });
            await refresh('replays', 'deliveries', 'figures');
            told(`${number} deliveries are being made anew.`);
            await navigate({ to: '/$account/$environment/replays', params: { account, environment } });
          }}
        >
          {none
            ? `No ${what} match: they were sent again already, or there were none.`
            : (
              <Stack gap={6}>
                <Text size="sm">Each of the {number} {what} becomes a new delivery with fresh attempts, at most {gentleRate} a second: about {span(Math.ceil(found.matching / gentleRate) * 1000)} in all. History stays as it is, and you can stop it at any time.</Text>
                {children && <Text size="sm" c="dimmed">{children}</Text>}
              </Stack>
            )}
        </Confirm>
      )}
    </>
  );
}
