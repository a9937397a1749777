import { Button, Checkbox, Group, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { take } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import { plainApi } from '../../api/session';
import { Modal } from '../../widgets/Dialog';
import { Refused } from '../../widgets/Empty';
import { LinkShownOnce } from '../../widgets/LinkShownOnce';
import type { Account } from './queries';

const scopes = [['manage', 'Add, change and delete endpoints'], ['secrets', 'See and change secrets'], ['replay', 'Retry and replay deliveries']] as const;

/** A link that shows this account's portal, as a host's server makes one for its own page. */
export function NewPortalLink({ account, onClose }: { account: Account; onClose: () => void }) {
  const [chosen, setChosen] = useState<string[]>(scopes.map(([scope]) => scope));
  const [environment, setEnvironment] = useState<string | null>(null);
  const [ttl, setTtl] = useState('3600');
  const [scheme, setScheme] = useState('auto');
  const [primary, setPrimary] = useState('');
  const [logo, setLogo] = useState('');
  const make = useMutation({
    mutationFn: () => take(plainApi.POST('/v1/accounts/{account}/portal-links', {
      params: { path: { account: account.id } },
      body: {
        // What a member may do is to see; all else is an admin's.
        role: chosen.length === 0 ? 'member' : 'admin', scopes: ['view', ...chosen], environment, ttl_seconds: Number(ttl), theme: { primary: primary.trim() || null, logo: logo.trim() || null, scheme },
      } as never,
    })),
  });
  const fields = make.error instanceof ApiProblem ? make.error.fields : {};
  if (make.data) return <LinkShownOnce title={`A portal link of ${account.name}`} url={make.data.url} expiresAt={make.data.expires_at} onClose={onClose}>Open it in a browser, or put it into a frame. Your services make such links by the API: see docs/embedding.md.</LinkShownOnce>;
  return (
    <Modal opened onClose={onClose} size="lg" title={<Text fw={600}>Portal link of {account.name}</Text>}>
      <form onSubmit={event => { event.preventDefault(); make.mutate(); }}>
        <Stack>
          <Refused error={make.error} />
          <Checkbox.Group label="What may be done with it" description="To see is always allowed." value={chosen} onChange={setChosen}>
            <Stack gap="xs" mt={8}>{scopes.map(([scope, words]) => <Checkbox key={scope} value={scope} label={words} />)}</Stack>
          </Checkbox.Group>
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
            <Select label="Environment" placeholder="Both" clearable value={environment} onChange={setEnvironment} data={[{ value: 'production', label: 'Production' }, { value: 'sandbox', label: 'Sandbox' }]} />
            <Select label="The view lasts" allowDeselect={false} value={ttl} onChange={value => setTtl(value ?? '3600')} data={[{ value: '900', label: '15 minutes' }, { value: '3600', label: '1 hour' }, { value: '28800', label: '8 hours' }, { value: '86400', label: '1 day' }]} />
            <Select label="Light or dark" allowDeselect={false} value={scheme} onChange={value => setScheme(value ?? 'auto')} data={[{ value: 'auto', label: 'As the system has it' }, { value: 'light', label: 'Light' }, { value: 'dark', label: 'Dark' }]} />
            <TextInput label="Colour (optional)" placeholder="#0f766e" pattern="#[0-9a-fA-F]{6}" maxLength={7} value={primary} error={fields.theme ?? fields.primary} onChange={event => setPrimary(event.currentTarget.value)} />
          </SimpleGrid>
          <TextInput label="Logo (optional)" type="url" placeholder="https://www.example.com/logo.svg" value={logo} error={fields.logo} onChange={event => setLogo(event.currentTarget.value)} />
          <Group justify="flex-end" gap="xs"><Button variant="default" onClick={onClose}>Cancel</Button><Button type="submit" loading={make.isPending}>Make the link</Button></Group>
        </Stack>
      </form>
    </Modal>
  );
}
