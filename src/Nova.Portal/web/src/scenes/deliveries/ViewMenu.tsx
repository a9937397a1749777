import { Button, Group, Menu, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { IconBookmark, IconBookmarkPlus, IconLink, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { take } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import { useHere, useRefresh } from '../../api/scope';
import { stringifySearch } from '../../theme/searchText';
import { Modal } from '../../widgets/Dialog';
import { refused, told } from '../../widgets/tell';
import type { DeliverySearch } from './search';
import { savedViewsQuery, usualViews } from './views';

/** Goes to a view by its name, saves and deletes them, copies this one's address. */
export function ViewMenu({ search, onGo }: { search: DeliverySearch; onGo: (search: DeliverySearch) => void }) {
  const here = useHere();
  const { api, may } = here;
  const refresh = useRefresh();
  const { data: views = [] } = useQuery(savedViewsQuery(here));
  const address = stringifySearch({ ...search });
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState('');
  const save = useMutation({
    mutationFn: () => take(api.POST('/v1/saved-views', { body: { name: name.trim(), query: address.slice(1) } })),
    onSuccess: async () => { await refresh('saved-views'); setNaming(false); },
  });
  const remove = useMutation({
    mutationFn: (id: string) => take(api.DELETE('/v1/saved-views/{id}', { params: { path: { id } } })),
    onSuccess: () => refresh('saved-views'),
    onError: refused,
  });
  const shown = views.find(view => stringifySearch({ ...view.search }) === address);
  const copy = () => void navigator.clipboard.writeText(location.href).then(() => told('The address of this view is copied.'), () => {});
  return (
    <>
      <Menu position="bottom-end" shadow="md" width={270} withInitialFocusPlaceholder={false}>
        <Menu.Target><Button size="xs" variant="default" leftSection={<IconBookmark size={14} />}>Views</Button></Menu.Target>
        <Menu.Dropdown>
          {usualViews.map(view => <Menu.Item key={view.name} onClick={() => onGo(view.search)}>{view.name}</Menu.Item>)}
          {views.length > 0 && <Menu.Divider />}
          {views.map(view => <Menu.Item key={view.id} onClick={() => onGo(view.search)} leftSection={<IconBookmark size={15} />}>{view.name}</Menu.Item>)}
          <Menu.Divider />
          {may.manage && <Menu.Item leftSection={<IconBookmarkPlus size={15} />} onClick={() => { setName(''); save.reset(); setNaming(true); }}>Save this view…</Menu.Item>}
          {may.manage && shown && <Menu.Item leftSection={<IconTrash size={15} />} onClick={() => remove.mutate(shown.id)}>Delete the view {shown.name}</Menu.Item>}
          <Menu.Item leftSection={<IconLink size={15} />} onClick={copy}>Copy its address</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={naming} onClose={() => setNaming(false)} title={<Text fw={600}>Save this view</Text>} size="sm">
        <form onSubmit={event => { event.preventDefault(); if (name.trim() !== '') save.mutate(); }}>
          <Stack>
            <TextInput
              label="Name" description="Everybody who sees the deliveries of this environment finds it in the menu. One of the same name is replaced."
              value={name} onChange={event => setName(event.currentTarget.value)} error={save.error ? ApiProblem.of(save.error).message : undefined}
              maxLength={60} required data-autofocus
            />
            <Group justify="flex-end" gap="xs"><Button variant="default" onClick={() => setNaming(false)}>Cancel</Button><Button type="submit" loading={save.isPending}>Save</Button></Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
