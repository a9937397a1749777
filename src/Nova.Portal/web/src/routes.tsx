import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, notFound, Outlet, redirect, type NotFoundRouteProps } from '@tanstack/react-router';
import type { Environment } from './api/client';
import { sessionQuery } from './api/session';
import { productQuery } from './api/scope';
import { deliverySearch, periods, type Period } from './scenes/deliveries/search';
import { auditSearch } from './scenes/audit/search';
import { accountSearch } from './scenes/operator/search';
import { firstPlace } from './shell/firstPlace';
import { Blank, Lost, Trouble } from './shell/Blank';
import { embedded, routerBase } from './theme/place';
import { parseSearch, stringifySearch } from './theme/searchText';

/**
 * Every address of the portal. A screen is one entry here, its file under scenes/, and, where people go to it by the side bar, an entry in
 * shell/places.ts. Screens are loaded when they are gone to.
 */
const root = createRootRouteWithContext<{ client: QueryClient }>()({ component: Outlet });

const text = (value: unknown) => typeof value === 'string' && value !== '' ? value : undefined;

// --- before anybody is signed in ---------------------------------------------------------------------------------
const start = createRoute({
  getParentRoute: () => root,
  path: '/',
  // What the script of a host asks for.
  validateSearch: (search: Record<string, unknown>): { screen?: string; scheme?: string } => ({ screen: text(search.screen), scheme: text(search.scheme) }),
  beforeLoad: async ({ context: { client } }) => {
    if (embedded && location.hash.startsWith('#token=')) return;
    const session = await client.ensureQueryData(sessionQuery);
    if (session) throw redirect(firstPlace(session));
    if (!embedded) throw redirect({ to: '/sign-in' });
  },
  // Only an embedded view gets so far: with its link's token, or without a session.
  component: lazyRouteComponent(() => import('./scenes/signing-in/Entrance')),
});
/** In another site's frame nobody signs in: a page around ours could make him click what he does not see. */
const unframed = () => { if (embedded) throw redirect({ to: '/' }); };
const signIn = createRoute({
  getParentRoute: () => root,
  path: 'sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string } => ({ next: text(search.next) }),
  beforeLoad: async ({ context: { client } }) => {
    unframed();
    // With the server away the page is shown all the same, and says so when it is used.
    const session = await client.ensureQueryData(sessionQuery).catch(() => null);
    if (session) throw redirect(firstPlace(session));
  },
  component: lazyRouteComponent(() => import('./scenes/signing-in/SignIn')),
});
const setup = createRoute({ getParentRoute: () => root, path: 'setup', beforeLoad: unframed, component: lazyRouteComponent(() => import('./scenes/signing-in/SetUp')) });
const invitation = createRoute({ getParentRoute: () => root, path: 'invitation', beforeLoad: unframed, component: lazyRouteComponent(() => import('./scenes/signing-in/Invitation')) });

const setPassword = createRoute({ getParentRoute: () => root, path: 'password', beforeLoad: unframed, component: lazyRouteComponent(() => import('./scenes/signing-in/SetPassword')) });

// --- whoever runs Nova -------------------------------------------------------------------------------------------
const operator = createRoute({
  getParentRoute: () => root,
  path: 'operator',
  beforeLoad: async ({ context: { client }, location: here }) => {
    const session = await client.ensureQueryData(sessionQuery);
    if (!session) throw redirect({ to: '/sign-in', search: { next: here.href } });
    // Nothing is shown to others, not even that it is there; the API refuses them all the same.
    if (!session.user?.operator) throw notFound();
  },
  component: lazyRouteComponent(() => import('./shell/OperatorShell')),
});
const operatorHome = createRoute({ getParentRoute: () => operator, path: '/', beforeLoad: () => { throw redirect({ to: '/operator/accounts', replace: true }); } });
const operatorAccounts = createRoute({ getParentRoute: () => operator, path: 'accounts', validateSearch: accountSearch, component: lazyRouteComponent(() => import('./scenes/operator/Accounts')) });
const operatorAccount = createRoute({ getParentRoute: () => operator, path: 'accounts/$id', component: lazyRouteComponent(() => import('./scenes/operator/AccountPage')) });
const operatorUsers = createRoute({ getParentRoute: () => operator, path: 'users', component: lazyRouteComponent(() => import('./scenes/operator/Users')) });
const operatorSystem = createRoute({ getParentRoute: () => operator, path: 'system', component: lazyRouteComponent(() => import('./scenes/operator/System')) });
const operatorProducts = createRoute({ getParentRoute: () => operator, path: 'products', component: lazyRouteComponent(() => import('./scenes/operator/Products')) });
const operatorAudit = createRoute({ getParentRoute: () => operator, path: 'audit', validateSearch: auditSearch, component: lazyRouteComponent(() => import('./scenes/operator/AuditLog')) });
const profile = createRoute({
  getParentRoute: () => root,
  path: 'profile',
  beforeLoad: async ({ context: { client }, location: here }) => {
    const session = await client.ensureQueryData(sessionQuery);
    if (!session) throw redirect({ to: '/sign-in', search: { next: here.href } });
    if (session.kind !== 'user') throw redirect({ to: '/' });
  },
  component: lazyRouteComponent(() => import('./scenes/profile/Profile')),
});

// --- an account and an environment of it -------------------------------------------------------------------------
const account = createRoute({
  getParentRoute: () => root,
  path: '$account/$environment',
  beforeLoad: async ({ context: { client }, params, location: here }) => {
    const session = await client.ensureQueryData(sessionQuery);
    if (!session) throw embedded ? redirect({ to: '/' }) : redirect({ to: '/sign-in', search: { next: here.href } });
    if (params.environment !== 'production' && params.environment !== 'sandbox') throw redirect(firstPlace(session));
  },
  loader: ({ context: { client }, params }) =>
    client.ensureQueryData(productQuery({ account: params.account, environment: params.environment as Environment })),
  component: lazyRouteComponent(() => import('./shell/AccountShell')),
});
const home = createRoute({
  getParentRoute: () => account,
  path: '/',
  beforeLoad: ({ params }) => { throw redirect({ to: '/$account/$environment/overview', params, replace: true }); },
});
const overview = createRoute({
  getParentRoute: () => account,
  path: 'overview',
  validateSearch: (search: Record<string, unknown>): { period?: Period } => ({ period: periods.find(one => one === search.period) }),
  component: lazyRouteComponent(() => import('./scenes/overview/Overview')),
});
const webhooks = createRoute({ getParentRoute: () => account, path: 'webhooks', component: lazyRouteComponent(() => import('./scenes/webhooks/WebhookList')) });
const newWebhook = createRoute({
  getParentRoute: () => account,
  path: 'webhooks/new',
  validateSearch: (search: Record<string, unknown>): { event?: string; url?: string } => ({ event: text(search.event), url: text(search.url) }),
  component: lazyRouteComponent(() => import('./scenes/webhooks/NewWebhook')),
});
const webhook = createRoute({ getParentRoute: () => account, path: 'webhooks/$endpoint', component: lazyRouteComponent(() => import('./scenes/webhooks/WebhookPage')) });
const deliveries = createRoute({
  getParentRoute: () => account,
  path: 'deliveries',
  validateSearch: deliverySearch,
  component: lazyRouteComponent(() => import('./scenes/deliveries/DeliveryHistory')),
});
const delivery = createRoute({ getParentRoute: () => deliveries, path: '$delivery', component: lazyRouteComponent(() => import('./scenes/deliveries/DeliveryDrawer')) });
const keys = createRoute({ getParentRoute: () => account, path: 'keys', component: lazyRouteComponent(() => import('./scenes/keys/ApiKeys')) });
const members = createRoute({ getParentRoute: () => account, path: 'members', component: lazyRouteComponent(() => import('./scenes/members/Members')) });
const audit = createRoute({ getParentRoute: () => account, path: 'audit', validateSearch: auditSearch, component: lazyRouteComponent(() => import('./scenes/audit/AuditLog')) });

const replays = createRoute({ getParentRoute: () => account, path: 'replays', component: lazyRouteComponent(() => import('./scenes/replays/Replays')) });
const events = createRoute({
  getParentRoute: () => account,
  path: 'events',
  validateSearch: (search: Record<string, unknown>): { type?: string; tenant?: string; period?: Period } =>
    ({ type: text(search.type), tenant: text(search.tenant), period: periods.find(one => one === search.period) }),
  component: lazyRouteComponent(() => import('./scenes/events/Events')),
});
const event = createRoute({ getParentRoute: () => events, path: '$event', component: lazyRouteComponent(() => import('./scenes/events/EventDrawer')) });
const catalog = createRoute({
  getParentRoute: () => account,
  path: 'catalog',
  validateSearch: (search: Record<string, unknown>): { type?: string } => ({ type: text(search.type) }),
  component: lazyRouteComponent(() => import('./scenes/catalog/Catalog')),
});
const verify = createRoute({
  getParentRoute: () => account,
  path: 'verify',
  validateSearch: (search: Record<string, unknown>): { language?: string; delivery?: string } => ({ language: text(search.language), delivery: text(search.delivery) }),
  component: lazyRouteComponent(() => import('./scenes/verify/Verify')),
});
const inspector = createRoute({
  getParentRoute: () => account,
  path: 'inspector',
  validateSearch: (search: Record<string, unknown>): { id?: string } => ({ id: text(search.id) }),
  component: lazyRouteComponent(() => import('./scenes/inspector/Inspectors')),
});

const tree = root.addChildren([
  start, signIn, setup, invitation, setPassword,
  profile,
  operator.addChildren([operatorHome, operatorAccounts, operatorAccount, operatorUsers, operatorSystem, operatorProducts, operatorAudit]),
  account.addChildren([home, overview, webhooks, newWebhook, webhook, deliveries.addChildren([delivery]), events.addChildren([event]), replays, catalog, verify, inspector, keys, members, audit]),
]);

export function makeRouter(client: QueryClient) {
  return createRouter({
    routeTree: tree,
    basepath: routerBase,
    parseSearch,
    stringifySearch,
    // What no screen knows, such as what a mailer adds to links, is left out of the address, and asked of no API.
    search: { strict: true },
    context: { client },
    defaultPreload: 'intent',
    // Data have their own cache, with its own idea of what is stale.
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    defaultPendingComponent: Blank,
    defaultPendingMs: 300,
    defaultErrorComponent: ({ error, reset }) => <Trouble error={error} onRetry={reset} />,
    defaultNotFoundComponent: (_: NotFoundRouteProps) => <Lost />,
  });
}

declare module '@tanstack/react-router' {
  interface Register { router: ReturnType<typeof makeRouter> }
}
