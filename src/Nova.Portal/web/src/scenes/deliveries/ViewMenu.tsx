import { Button, Group, Menu, Stack, Text, TextInput } from '@mantine/core';
import { IconBookmark, IconBookmarkPlus, IconLink, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useHere } from '../../api/scope';
import { stringifySearch } from '../../theme/searchText';
import { Modal } from '../../widgets/Dialog';
import { told } from '../../widgets/tell';
import type { DeliverySearch } from './search';
import { usualViews, useViews } from './views';

/** Goes to a view by its name, names this one, copies its address. */
export function ViewMenu({ search, onGo }: { search: DeliverySearch; onGo: (search: DeliverySearch) => void }) {
  const { views, add, remove } = useViews(useHere().account);
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState('');
  const here = views.find(view => stringifySearch({ ...view.search }) === stringifySearch({ ...search }));
  const copy = () => void navigator.clipboard.writeText(location.href).then(() => told('The address of this view is copied.'), () => {});
  return (
    <>
      <Menu position="bottom-end" shadow="md" width={270} withInitialFocusPlaceholder={false}>
        <Menu.Target><Button size="xs" variant="default" leftSection={<IconBookmark size={14} />}>Views</Button></Menu.Target>
        <Menu.Dropdown>
          {usualViews.map(view => <Menu.Item key={view.name} onClick={() => onGo(view.search)}>{view.name}</Menu.Item>)}
          {views.length > 0 && <Menu.Divider />}
          {views.map(view => <Menu.Item key={view.name} onClick={() => onGo(view.search)} leftSection={<IconBookmark size={15} />}>{view.name}</Menu.Item>)}
          <Menu.Divider />
          <Menu.Item leftSection={<IconBookmarkPlus size={15} />} onClick={() => { setName(''); setNaming(true); }}>Name this view…</Menu.Item>
          {here && <Menu.Item leftSection={<IconTrash size={15} />} onClick={() => remove(here.name)}>Forget the name {here.name}</Menu.Item>}
          <Menu.Item leftSection={<IconLink size={15} />} onClick={copy}>Copy its address</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={naming} onClose={() => setNaming(false)} title={<Text fw={600}>Name this view</Text>} size="sm">
        <form onSubmit={event => { event.preventDefault(); if (name.trim() === '') return; add({ name: name.trim(), search }); setNaming(false); }}>
          <Stack>
            <TextInput label="Name" description="Kept in this browser. To give the view to somebody, send its address." value={name} onChange={event => setName(event.currentTarget.value)} maxLength={60} required data-autofocus />
            <Group justify="flex-end" gap="xs"><Button variant="default" onClick={() => setNaming(false)}>Cancel</Button><Button type="submit">Keep</Button></Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
