import { getRouteApi } from '@tanstack/react-router';
import { take } from '../../api/client';
import { useHere } from '../../api/scope';
import { Page } from '../../widgets/Page';
import { AuditRows } from './AuditRows';
import { auditQuery, type AuditSearch } from './search';

const route = getRouteApi('/$account/$environment/audit');

/** What was done in an account, in both its environments. */
export default function AuditLog() {
  const { api, key } = useHere();
  const { account: _, ...search } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <Page title="Audit log" about="Who did what, when, and what it changed. In both environments.">
      <AuditRows
        queryKey={[...key, 'audit']} search={search} onChange={change => void navigate({ search: (now: AuditSearch) => ({ ...now, ...change }), replace: true } as never)}
        page={(cursor, signal) => take(api.GET('/v1/audit-log', { params: { query: { ...auditQuery(search), cursor, limit: 50 } as never }, signal }))}
      />
    </Page>
  );
}
