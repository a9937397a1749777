import { Alert, Button, FileButton, Group, PasswordInput, Stack, Text, Textarea } from '@mantine/core';
import { IconBug, IconFileUpload, IconShieldCheck, IconShieldX } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { take } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import { useHere } from '../../api/scope';
import type { DeliveryDetail, Signature } from '../../api/types';
import { Refused } from '../../widgets/Empty';
import { Facts, Panel } from '../../widgets/Page';
import { refused } from '../../widgets/tell';
import { Exactly } from '../../widgets/When';
import { headerText } from '../deliveries/headerText';
import { deliveryQuery } from '../deliveries/queries';
import { readHeaders } from './headers';
import classes from './Verify.module.css';

const route = getRouteApi('/$account/$environment/verify');

/** Takes a request as a receiver got it, and names the mistake. */
export function Debugger({ header, timed }: { header: string; timed: boolean }) {
  const here = useHere();
  const { api, words, account, environment } = here;
  const { delivery: wanted } = route.useSearch();
  const navigate = useNavigate();
  const [headers, setHeaders] = useState('');
  const [body, setBody] = useState('');
  const [file, setFile] = useState<{ name: string; base64: string }>();
  const [secret, setSecret] = useState('');
  const read = readHeaders(headers);
  const debug = useMutation({
    mutationFn: () => take(api.POST('/v1/signatures/debug', { body: { headers: read.headers, ...(file ? { body_base64: file.base64 } : { body }), ...(secret && { secret }) } })),
  });
  const fill = (delivery: DeliveryDetail) => {
    const attempt = delivery.attempts.at(-1);
    setHeaders(headerText(attempt?.request_headers ?? []));
    setBody(delivery.payload_text ?? '');
    setFile(undefined);
    debug.reset();
  };
  const one = useQuery({ ...deliveryQuery(here, wanted ?? ''), enabled: wanted !== undefined });
  useEffect(() => { if (one.data) fill(one.data); /* Filled in once for each delivery that the address names. */ }, [one.data?.id]); // eslint-disable-line
  const latest = useMutation({
    mutationFn: async () => (await take(api.GET('/v1/deliveries', { params: { query: { status: ['delivered', 'failed'], period: '30d', limit: 1 } as never } }))).data[0],
    onSuccess: delivery => {
      if (!delivery) { refused(new Error('Nothing was sent in 30 days. Send a test first.')); return; }
      void navigate({ to: '/$account/$environment/verify', params: { account, environment }, search: before => ({ ...before, delivery: delivery.id }), replace: true, resetScroll: false });
    },
    onError: refused,
  });
  const fields = debug.error instanceof ApiProblem ? debug.error.fields : {};
  const ready = Object.keys(read.headers).length > 0 && (file !== undefined || body !== '');
  return (
    <Panel
      title="Why does it not verify?" about="Paste a request as your receiver got it. The mistake is named, and nothing of it is kept."
      actions={<Button size="xs" variant="default" loading={latest.isPending} onClick={() => latest.mutate()}>Take the latest delivery</Button>}
    >
      <form className={classes.columns} onSubmit={event => { event.preventDefault(); if (ready) debug.mutate(); }}>
        <Stack gap="sm">
          <Textarea
            label="Headers" description="As lines; or from curl, or as JSON." placeholder={`${header}: …\nContent-Type: application/json`} autosize minRows={4} maxRows={10} value={headers} onChange={event => setHeaders(event.currentTarget.value)}
            classNames={{ input: 'nova-mono' }} spellCheck={false} error={fields.headers ?? (read.odd.length > 0 ? `No header: ${read.odd[0]!.slice(0, 60)}` : undefined)}
          />
          <Textarea
            label="Body" description="Exactly as received. For its very bytes, take a file: a text field changes line ends." autosize minRows={5} maxRows={14} value={file ? `${file.name}, to the byte` : body} disabled={file !== undefined}
            onChange={event => setBody(event.currentTarget.value)} classNames={{ input: 'nova-mono' }} spellCheck={false} error={fields.body ?? fields.body_base64}
          />
          <Group gap="xs">
            <FileButton onChange={chosen => { if (chosen) void bytesOf(chosen).then(base64 => setFile({ name: chosen.name, base64 })); }}>
              {props => <Button {...props} size="xs" variant="default" leftSection={<IconFileUpload size={14} />}>{file ? 'Another file' : 'Body from a file'}</Button>}
            </FileButton>
            {file && <Button size="xs" variant="subtle" onClick={() => setFile(undefined)}>Type it instead</Button>}
          </Group>
          <PasswordInput
            label={`${words.secret}, as your receiver has it`} description={`Left empty: those of all your ${words.endpoints.toLowerCase()} are tried. It is not kept.`} value={secret} onChange={event => setSecret(event.currentTarget.value)} autoComplete="off"
            visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the secret' }} error={fields.secret}
          />
          <Group><Button type="submit" leftSection={<IconBug size={16} />} loading={debug.isPending} disabled={!ready}>Find the mistake</Button></Group>
        </Stack>
        <div aria-live="polite">
          {debug.error && Object.keys(fields).length === 0 && <Refused error={debug.error} />}
          {debug.data ? <Verdict signature={debug.data} /> : !debug.error && <Usual timed={timed} />}
        </div>
      </form>
    </Panel>
  );
}

function Verdict({ signature }: { signature: Signature }) {
  const good = signature.verified;
  return (
    <Stack gap="md">
      <Alert
        variant="light" color={good ? 'teal' : 'red'} icon={good ? <IconShieldCheck size={18} /> : <IconShieldX size={18} />}
        title={<>{good ? 'It verifies' : nameOf(signature.finding)} {!good && <span className={classes.finding}>{signature.finding}</span>}</>}
      >
        {signature.detail}
      </Alert>
      <Facts facts={([
        ['Header', signature.header && <span className="nova-mono">{signature.header}</span>],
        ['Expected', signature.expected],
        ['Seen', signature.seen],
        ['Signed', signature.signed_content && <span className="nova-mono">{signature.signed_content}</span>],
        ['Secret of', signature.webhook && <span className="nova-mono">{signature.webhook}</span>],
        ['Timestamp', signature.timestamp && <Exactly at={signature.timestamp} />],
        ['Body', `${signature.body_bytes.toLocaleString()} bytes`],
      ] as [string, React.ReactNode][]).filter(([, value]) => value)} />
    </Stack>
  );
}

/** hex_for_base64 → Hex for base64. */
const nameOf = (finding: string) => { const text = finding.replaceAll('_', ' '); return text[0]!.toUpperCase() + text.slice(1); };

/** Only where a timestamp is signed. */
const stale = 'A timestamp that is too old';

const usual: [string, string][] = [
  ['The body was parsed and written anew', 'A framework’s JSON middleware did it. Take the raw bytes.'],
  ['The wrong secret', 'That of another endpoint, or of the other environment.'],
  ['The secret without its prefix, or not decoded', 'Use it as the program of your language above does.'],
  ['Hex where base64 is meant', 'Or the other way round; or the prefix before it is missing.'],
  [stale, 'The clock is wrong, or the request was kept and sent again.'],
];

function Usual({ timed }: { timed: boolean }) {
  return (
    <div>
      <Text size="sm" fw={600} mb={8}>It is most often one of these</Text>
      <Stack gap={10} component="ul" style={{ listStyle: 'none', margin: 0, padding: 0 }}>
        {usual.filter(([title]) => timed || title !== stale).map(([title, text]) => <li key={title}><Text size="sm" fw={550}>{title}</Text><Text size="sm" c="dimmed">{text}</Text></li>)}
      </Stack>
    </div>
  );
}

async function bytesOf(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}
