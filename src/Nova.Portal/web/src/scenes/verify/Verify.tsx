import { Stack, Text } from '@mantine/core';
import { IconShieldOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useHere } from '../../api/scope';
import type { Signature } from '../../api/types';
import { Loaded, NoneYet } from '../../widgets/Empty';
import { inSentence } from '../../widgets/inSentence';
import { Page, Panel } from '../../widgets/Page';
import { LinkText } from '../../widgets/links';
import { Debugger } from './Debugger';
import { Programs } from './Programs';
import { guideQuery, schemeQuery } from './queries';
import classes from './Verify.module.css';

const route = getRouteApi('/$account/$environment/verify');

/** How a receiver knows that a request is from Nova: what is signed, a program that checks it, and what is wrong where it does not fit. */
export default function Verify() {
  const here = useHere();
  const guide = useQuery(guideQuery(here));
  const scheme = useQuery(schemeQuery(here));
  const { account, environment } = here;
  const language = route.useSearch().language;
  const navigate = useNavigate();
  const choose = (value: string) => void navigate({ to: '/$account/$environment/verify', params: { account, environment }, search: before => ({ ...before, language: value }), replace: true, resetScroll: false });
  return (
    <Page title="Verify signatures" about="A receiver has an address that anybody can send to. The signature is how it knows that a request is from us, and that nobody changed it on the way.">
      <Loaded query={scheme}>{signature => signature.finding === 'not_signed'
        ? <div className="nova-panel"><NoneYet icon={<IconShieldOff size={22} />} title="This product does not sign">Its requests come without a signature, so that there is nothing to verify.</NoneYet></div>
        : (
          <Stack gap={12}>
            <Scheme signature={signature} />
            <Panel title="In your language" about="Complete receivers, each run against real deliveries before every release.">
              <Loaded query={guide}>{programs => <Programs programs={programs} language={language} onLanguage={choose} />}</Loaded>
            </Panel>
            <Debugger header={signature.header ?? ''} timed={/timestamp/.test(signature.signed_content ?? '')} />
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
  const { words, account, environment } = useHere();
  const signed = signature.signed_content ?? '';
  const used = [...signed.matchAll(/\{([^}]+)\}/g)].map(match => match[1]!);
  return (
    <Panel title="What is signed">
      <Stack gap="md">
        <dl className={classes.parts}>
          <div className={classes.part}><dt>The signature is in</dt><dd><code>{signature.header}</code></dd></div>
          <div className={classes.part}><dt>It looks like</dt><dd>{signature.expected}</dd></div>
          <div className={classes.part}><dt>The key is</dt><dd>{signature.key}</dd></div>
          <div className={classes.part}><dt>It is made of</dt><dd><code>{signed}</code>{used.length > 0 && <Text size="xs" c="dimmed" mt={2}>{used.map(name => `{${name}}: ${placeholders[name] ?? `the header ${name}`}`).join('; ')}</Text>}</dd></div>
        </dl>
        <Text size="sm" c="dimmed">
          Compute it over the raw body, before anything parses it; compare in constant time; and answer with a 2xx only then. Each {inSentence(words.endpoint)} has its own {inSentence(words.secret)}: see <LinkText to="/$account/$environment/webhooks" params={{ account, environment }} size="sm" td="underline">{words.endpoints}</LinkText>.
        </Text>
      </Stack>
    </Panel>
  );
}
