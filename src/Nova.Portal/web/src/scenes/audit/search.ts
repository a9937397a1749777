/** The filters of an audit log. They live in the address. */
export interface AuditSearch {
  actor?: string;
  action?: string;
  target?: string;
  /** A day, as 2026-11-22, in the viewer's zone. */
  from?: string;
  to?: string;
  /** Operators only. */
  account?: string;
}

const text = (value: unknown) => typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
const day = (value: unknown) => typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined;

export function auditSearch(search: Record<string, unknown>): AuditSearch {
  return { actor: text(search.actor), action: text(search.action), target: text(search.target), from: day(search.from), to: day(search.to), account: text(search.account) };
}

/** As the API takes them: the last day counts whole. */
export function auditQuery({ from, to, ...rest }: AuditSearch) {
  return { ...rest, from: from && new Date(`${from}T00:00:00`).toISOString(), to: to && endOf(to) };
}

/** The midnight after a day, which is 23 or 25 hours from the one before where the clocks are changed in it. */
function endOf(day: string): string {
  const end = new Date(`${day}T00:00:00`);
  end.setDate(end.getDate() + 1);
  return end.toISOString();
}

/** What is written to the log, by kind. */
export const actions = [
  'webhook.*', 'webhook.created', 'webhook.updated', 'webhook.deleted', 'webhook.tested', 'webhook.secret_shown', 'webhook.secret_rotated', 'webhook.disabled',
  'api_key.*', 'api_key.created', 'api_key.revoked', 'api_key.restored',
  'member.*', 'member.invited', 'member.invitation_renewed', 'member.joined', 'member.updated', 'member.removed',
  'inspector.*', 'inspector.created', 'inspector.deleted', 'view.*', 'view.saved', 'view.deleted',
  'replay.*', 'replay.started', 'replay.cancelled', 'account.*', 'account.created', 'account.updated',
  'portal_link.*', 'portal_link.created', 'portal_link.opened', 'user.*', 'user.created', 'user.updated', 'user.signed_in', 'user.signed_out_everywhere',
  'user.password_changed', 'user.password_link_created', 'operator_key.*', 'operator_key.created', 'operator_key.revoked',
];

/** `webhook.secret_rotated` as people say it. */
export function spoken(action: string): string {
  const [kind = '', done = ''] = action.split('.');
  return `${kind.replaceAll('_', ' ')} ${done.replaceAll('_', ' ')}`.replace(/^./, letter => letter.toUpperCase()).replace(/^Api /, 'API ');
}
