import { Button, Group, Stack, Switch, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiProblem } from '../../api/problem';
import { useHere } from '../../api/scope';
import type { Webhook } from '../../api/types';
import { Refused } from '../../widgets/Empty';
import { EventPicker } from './EventPicker';
import { HeadersField, headersOf, rowsOf } from './HeadersField';
import { UrlField, urlFault } from './UrlField';

export interface WebhookBody {
  url: string; events: string[]; name?: string | null; description?: string | null; headers?: Record<string, string>; enabled?: boolean; secret?: string;
}

/** An endpoint to make or to change: what the product has of it, and no more. */
export function WebhookForm({ webhook, begin, verb, onSave, onCancel }: {
  webhook?: Webhook; verb: string;
  /** What a new one begins with. */
  begin?: { url?: string; event?: string };
  onSave: (body: WebhookBody) => Promise<unknown>; onCancel: () => void;
}) {
  const { product } = useHere();
  const { has_name: hasName, has_description: hasDescription, has_headers: hasHeaders } = product.endpoints;
  const [url, setUrl] = useState(webhook?.url ?? begin?.url ?? '');
  const [name, setName] = useState(webhook?.name ?? '');
  const [description, setDescription] = useState(webhook?.description ?? '');
  const [events, setEvents] = useState<string[]>(webhook?.events ?? (begin?.event ? [begin.event] : []));
  const [headers, setHeaders] = useState(rowsOf(webhook?.headers));
  const [enabled, setEnabled] = useState(true);
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: () => onSave({
      url: url.trim(), events,
      ...(hasName && { name: name.trim() || null }),
      ...(hasDescription && { description: description.trim() || null }),
      ...(hasHeaders && (webhook || headers.length > 0) && product.limits.custom_headers > 0 && { headers: headersOf(headers) }),
      ...(!webhook && !enabled && { enabled }),
    }),
  });
  const problem = save.error instanceof ApiProblem ? save.error : undefined;
  const fields = problem?.fields ?? {};
  // A refusal of the address is one of its field, whatever its kind.
  const urlError = fields.url ?? (problem?.kind.startsWith('url') ? problem.message : undefined);
  const shownAtFields = problem !== undefined && (urlError !== undefined || ['url', 'events', 'name', 'description', 'headers'].some(field => fields[field]));
  return (
    <form
      noValidate
      onSubmit={event => {
        event.preventDefault();
        setTried(true);
        if (url.trim() !== '' && events.length > 0 && !urlFault(url, product.egress.allows_http)) save.mutate();
      }}
    >
      <Stack gap="lg">
        {!shownAtFields && <Refused error={save.error} />}
        {hasName && <TextInput label="Name" description="A label for your own use." value={name} maxLength={100} onChange={event => setName(event.currentTarget.value)} error={fields.name} autoFocus />}
        <UrlField value={url} onChange={value => { setUrl(value); if (save.isError) save.reset(); }} error={urlError ?? (tried && url.trim() === '' ? 'Where is it to be sent?' : undefined)} autoFocus={!hasName && !webhook} />
        <EventPicker value={events} onChange={setEvents} error={fields.events ?? (tried && events.length === 0 ? 'Choose at least one.' : undefined)} />
        {hasDescription && <Textarea label="Description" value={description} maxLength={1000} autosize minRows={2} onChange={event => setDescription(event.currentTarget.value)} error={fields.description} />}
        {hasHeaders && product.limits.custom_headers > 0 && <HeadersField rows={headers} onChange={setHeaders} most={product.limits.custom_headers} error={fields.headers} />}
        {!webhook && <Switch label="Enabled" description="Begin to send at once." checked={enabled} onChange={event => setEnabled(event.currentTarget.checked)} />}
        <Group gap="xs">
          <Button type="submit" loading={save.isPending}>{verb}</Button>
          <Button variant="default" onClick={onCancel}>Cancel</Button>
        </Group>
      </Stack>
    </form>
  );
}
