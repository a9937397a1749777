/** Where the portal is mounted, as the server wrote it into the page: `/portal`, or `/prefix/portal` in an application that embeds Nova. */
const written = document.querySelector<HTMLMetaElement>('meta[name=nova-base]')?.content ?? '';
export const mount = written.startsWith('/') ? written : '/portal';

/** The API is beside the portal. */
export const apiBase = mount.replace(/\/portal$/, '');

/** The view for another site's frame lives under a path of its own, so that a reload keeps its rules. */
export const embedded = location.pathname === `${mount}/embed` || location.pathname.startsWith(`${mount}/embed/`);

export const routerBase = embedded ? `${mount}/embed` : mount;

/**
 * An embedded view has no cookie, and takes none: where its host is of the same site the browser would send that of whoever is signed in
 * here himself, and the view would show more than its link allows.
 */
export const cookies: RequestCredentials = embedded ? 'omit' : 'same-origin';

/** What the server allows for style elements that are made at run time. */
export const styleNonce = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? '';
