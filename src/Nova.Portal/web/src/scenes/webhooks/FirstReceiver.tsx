import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useHere } from '../../api/scope';
import { Loaded } from '../../widgets/Empty';
import { Panel } from '../../widgets/Page';
import { Programs } from '../verify/Programs';
import { guideQuery } from '../verify/queries';

/** A receiver to start at the address that was just given, with the secret that was just made: nothing has to be found elsewhere. */
export function FirstReceiver({ url, secret }: { url: string; secret: string }) {
  const guide = useQuery(guideQuery(useHere()));
  const [language, setLanguage] = useState<string>();
  const { hostname, port } = new URL(url);
  const own = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  const receiver = (
    <Stack gap="xs">
      <Text size="sm">Save the program, start it with the command, and send the test below. It says <i>verified</i> where the signature is right, and answers 401 where it is not.</Text>
      <Loaded query={guide} rows={3}>{programs => <Programs programs={programs} language={language} onLanguage={setLanguage} secret={secret} port={own && port ? port : undefined} />}</Loaded>
    </Stack>
  );
  return (
    <Panel title="A receiver that verifies" about={own ? 'Complete, for the very address that you gave.' : 'To begin with, or to take its lines into yours.'}>
      {own ? receiver : <details><summary style={{ cursor: 'pointer', fontSize: '0.8125rem' }}>Show it in eight languages</summary><div style={{ marginTop: 10 }}>{receiver}</div></details>}
    </Panel>
  );
}
