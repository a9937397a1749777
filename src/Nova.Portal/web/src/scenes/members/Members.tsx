import { Button } from '@mantine/core';
import { IconUserPlus } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { useHere } from '../../api/scope';
import { Page } from '../../widgets/Page';
import { MemberTable } from './MemberTable';
import { ownMembers } from './source';

/** The people of an account, for its own admins; members see them. */
export default function Members() {
  const here = useHere();
  const source = useMemo(() => ownMembers(here), [here]);
  const [inviting, setInviting] = useState(false);
  return (
    <Page
      title="Members" about={`Who signs in to ${here.product.account.name}, in both environments.`}
      actions={here.may.manage && <Button leftSection={<IconUserPlus size={16} />} onClick={() => setInviting(true)}>Invite</Button>}
    >
      <div className="nova-panel">
        <MemberTable source={source} mayChange={here.may.manage} me={here.session.user?.email} inviting={inviting} onInvite={() => setInviting(true)} onInvited={() => setInviting(false)} />
      </div>
    </Page>
  );
}
