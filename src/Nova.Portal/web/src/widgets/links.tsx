import { Anchor, Button, NavLink, type AnchorProps, type ButtonProps, type NavLinkProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, Ref } from 'react';

type Native = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'color' | 'style'> & { ref?: Ref<HTMLAnchorElement> };

/** The library's links and buttons, as links of the router: typed addresses, and the next screen is fetched while the pointer hovers. */
export const LinkText = createLink((props: AnchorProps & Native) => <Anchor {...props} />);
export const LinkButton = createLink((props: ButtonProps & Native) => <Button component="a" {...props} />);
export const LinkPlace = createLink((props: NavLinkProps & Native) => <NavLink component="a" {...props} />);
