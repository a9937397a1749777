import { Button, Menu, Text } from '@mantine/core';
import { IconDownload, IconFileTypeCsv, IconJson } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useHere } from '../../api/scope';
import { refused } from '../../widgets/tell';
import { download, type ExportFormat } from './download';
import { isFiltered, type DeliverySearch } from './search';

/** What the filters find, to take along. */
export function ExportMenu({ search }: { search: DeliverySearch }) {
  const here = useHere();
  const get = useMutation({ mutationFn: (format: ExportFormat) => download(here, search, format), onError: refused });
  return (
    <Menu position="bottom-end" shadow="md" width={250} withInitialFocusPlaceholder={false}>
      <Menu.Target><Button size="xs" variant="default" leftSection={<IconDownload size={14} />} loading={get.isPending}>Export</Button></Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{isFiltered(search) ? 'All that the filters find' : 'All of this time'}</Menu.Label>
        <Menu.Item leftSection={<IconFileTypeCsv size={16} />} onClick={() => get.mutate('csv')}>CSV<Text span size="xs" c="dimmed" display="block">for a spreadsheet</Text></Menu.Item>
        <Menu.Item leftSection={<IconJson size={16} />} onClick={() => get.mutate('ndjson')}>NDJSON<Text span size="xs" c="dimmed" display="block">a JSON object a line, for a program</Text></Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
