import { Box, Button, Center, Loader } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { IconMapOff } from '@tabler/icons-react';
import { useRouter } from '@tanstack/react-router';
import { ApiProblem } from '../api/problem';
import { LinkButton } from '../widgets/links';
import { Failed, NoneYet } from '../widgets/Empty';

/** While a screen's code or the first answer is on its way. */
export function Blank() {
  return <Center mih="40vh"><Loader size="sm" aria-label="Loading" /></Center>;
}

/** No such address. */
export function Lost() {
  useDocumentTitle('Not found · Nova');
  return (
    <Box component="main">
      <NoneYet icon={<IconMapOff size={22} />} title="There is nothing here" action={<LinkButton to="/" variant="default">Go to the start</LinkButton>}>
        The address leads nowhere. It may be of another account, or what was here has been deleted.
      </NoneYet>
    </Box>
  );
}

/** A screen that could not be shown. */
export function Trouble({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const router = useRouter();
  const problem = ApiProblem.of(error);
  if (problem.status === 404 || problem.status === 403) return <Lost />;
  return (
    <Box component="main">
      <Failed error={error} onRetry={() => { onRetry(); void router.invalidate(); }} />
      {problem.status === -1 && <Center><Button variant="subtle" onClick={() => location.reload()}>Reload the page</Button></Center>}
    </Box>
  );
}
