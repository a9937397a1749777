import { getRouteApi } from '@tanstack/react-router';
import { take } from '../../api/client';
import { plainApi } from '../../api/session';
import { Page } from '../../widgets/Page';
import { AuditRows } from '../audit/AuditRows';
import { auditQuery, type AuditSearch } from '../audit/search';

const route = getRouteApi('/operator/audit');

/** What was done in all accounts, and what belongs to none. */
export default function OperatorAuditLog() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <Page title="Audit log" about="Who did what, when, and what it changed: in all accounts, and what belongs to none.">
      <AuditRows
        ofAccounts queryKey={['operator', 'audit']} search={search} onChange={change => void navigate({ search: (now: AuditSearch) => ({ ...now, ...change }), replace: true } as never)}
        page={(cursor, signal) => take(plainApi.GET('/v1/audit-log', { params: { query: { ...auditQuery(search), cursor, limit: 50 } as never }, signal }))}
      />
    </Page>
  );
}
