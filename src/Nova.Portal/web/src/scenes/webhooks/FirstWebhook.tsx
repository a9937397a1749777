import { Stack, Text } from '@mantine/core';
import { IconInbox, IconPlus, IconWebhook } from '@tabler/icons-react';
import { useHere } from '../../api/scope';
import { apiBase } from '../../theme/place';
import { CodeBlock } from '../../widgets/CodeBlock';
import { NoneYet } from '../../widgets/Empty';
import { LinkButton } from '../../widgets/links';

/** No endpoint yet: what one is, how to make one here, and how to make one by the API. */
export function FirstWebhook() {
  const { product, words, account, environment, may } = useHere();
  const { authentication, base_path: path, words: members } = product.api;
  const key = authentication === 'jwt' ? '<your-jwt>' : environment === 'production' ? 'sk_live_…' : 'sk_test_…';
  const curl = [
    `curl ${location.origin}${apiBase}${path}/webhooks \\`,
    `  -H "Authorization: Bearer ${key}" \\`,
    '  -H "Content-Type: application/json" \\',
    `  -d '{${product.endpoints.has_name ? '"name":"First",' : ''}"url":"https://hooks.example.com/nova","events":["${product.test.event_type === 'test' ? 'score.completed' : product.test.event_type}"]${product.secret.chosen_by_customer ? `,"${members.secret_member}":"<a key of yours>"` : ''}}'`,
  ].join('\n');
  return (
    <NoneYet
      icon={<IconWebhook size={22} />} title="Nothing is sent anywhere yet"
      action={may.manage && (
        <>
          <LinkButton to="/$account/$environment/webhooks/new" params={{ account, environment }} leftSection={<IconPlus size={16} />}>{words.create}</LinkButton>
          {environment === 'sandbox' && <LinkButton variant="default" to="/$account/$environment/inspector" params={{ account, environment }} leftSection={<IconInbox size={16} />}>No server yet: give me a URL</LinkButton>}
        </>
      )}
    >
      <Stack gap="sm">
        <Text size="sm">Give the address of your receiver, choose what you want to hear about, and send it a test. {!may.manage && 'An admin of this account can do it.'}</Text>
        <Text size="sm">Or by the API:</Text>
        <div style={{ textAlign: 'left' }}><CodeBlock text={curl} label="curl command" /></div>
      </Stack>
    </NoneYet>
  );
}
