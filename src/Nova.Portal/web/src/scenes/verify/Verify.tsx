import { Group, Stack, Tabs, Text } from '@mantine/core';
import { IconShieldOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useHere } from '../../api/scope';
import type { Signature, VerificationProgram } from '../../api/types';
import { CodeBlock } from '../../widgets/CodeBlock';
import { CopyButton } from '../../widgets/Copy';
import { Loaded, NoneYet } from '../../widgets/Empty';
import { Page, Panel } from '../../widgets/Page';
import { Debugger } from './Debugger';
import { guideQuery, schemeQuery } from './queries';
import classes from './Verify.module.css';

const route = getRouteApi('/$account/$environment/verify');

/** How a receiver knows that a request is from Nova: what is signed, a program that checks it, and what is wrong where it does not fit. */
export default function Verify() {
  const here = useHere();
  const guide = useQuery(guideQuery(here));
  const scheme = useQuery(schemeQuery(here));
  return (
    <Page title="Verify signatures" about="A receiver has an address that anybody can send to. The signature is how it knows that a request is from us, and that nobody changed it on the way.">
      <Loaded query={scheme}>{signature => signature.finding === 'not_signed'
        ? <div className="nova-panel"><NoneYet icon={<IconShieldOff size={22} />} title="This product does not sign">Its requests come without a signature, so that there is nothing to verify.</NoneYet></div>
        : (
          <Stack gap={12}>
            <Scheme signature={signature} />
            <Panel title="In your language" about="Complete receivers, each run against real deliveries before every release.">
              <Loaded query={guide}>{programs => <Programs programs={programs} />}</Loaded>
            </Panel>
            <Debugger header={signature.header ?? ''} />
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

const placeholders: Record<string, string> = {
  body: 'the exact bytes of the body', id: 'the id header', timestamp: 'the timestamp header, in seconds', url: 'the address that was called',
};

function Scheme({ signature }: { signature: Signature }) {
  const { words } = useHere();
  const signed = signature.signed_content ?? '';
  const used = [...signed.matchAll(/\{([^}]+)\}/g)].map(match => match[1]!);
  return (
    <Panel title="What is signed">
      <Stack gap="md">
        <dl className={classes.parts}>
          <div className={classes.part}><dt>The signature is in</dt><dd><code>{signature.header}</code></dd></div>
          <div className={classes.part}><dt>It looks like</dt><dd>{signature.expected}</dd></div>
          <div className={classes.part}><dt>It is made of</dt><dd><code>{signed}</code>{used.length > 0 && <Text size="xs" c="dimmed" mt={2}>{used.map(name => `{${name}}: ${placeholders[name] ?? `the header ${name}`}`).join('; ')}</Text>}</dd></div>
        </dl>
        <Text size="sm" c="dimmed">
          Compute it over the raw body, before anything parses it, with your {words.secret.toLowerCase()}; compare in constant time; and answer with a 2xx only then.
        </Text>
      </Stack>
    </Panel>
  );
}

function Programs({ programs }: { programs: VerificationProgram[] }) {
  const { account, environment } = useHere();
  const language = route.useSearch().language;
  const navigate = useNavigate();
  const chosen = programs.find(program => program.language === language) ?? programs[0];
  if (!chosen) return <Text size="sm" c="dimmed">There is no program for this product’s signature. Write to your operator.</Text>;
  return (
    <Tabs
      value={chosen.language} keepMounted={false}
      onChange={value => value && void navigate({ to: '/$account/$environment/verify', params: { account, environment }, search: before => ({ ...before, language: value }), replace: true, resetScroll: false })}
    >
      <div className="nova-scroll">
        <Tabs.List style={{ flexWrap: 'nowrap' }} aria-label="Language">{programs.map(program => <Tabs.Tab key={program.language} value={program.language}>{program.title}</Tabs.Tab>)}</Tabs.List>
      </div>
      {programs.map(program => (
        <Tabs.Panel key={program.language} value={program.language} pt="sm">
          <Stack gap="xs">
            <Group justify="space-between" gap="xs">
              <Text size="sm" className="nova-mono" style={{ overflowWrap: 'anywhere' }}><span className="nova-soft">$ </span>{program.run}</Text>
              <CopyButton text={program.code}>Copy {program.file}</CopyButton>
            </Group>
            <CodeBlock text={program.code} label={program.file} maxHeight={430} />
          </Stack>
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
