import './theme/styles';
import { StrictMode } from 'react';
import { setNonce } from 'get-nonce';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { hearHost } from './shell/host';
import { embedded, styleNonce } from './theme/place';

// For the style element that holds the page still while a drawer is open.
setNonce(styleNonce);

// A page of an earlier build asks for chunks that are gone: it starts anew, once.
window.addEventListener('vite:preloadError', event => {
  const key = 'nova-reloaded-at';
  if (Date.now() - Number(sessionStorage.getItem(key) ?? 0) < 10_000) return;
  event.preventDefault();
  sessionStorage.setItem(key, String(Date.now()));
  location.reload();
});

if (embedded) {
  document.documentElement.dataset.embedded = '';
  hearHost();
}

// On paper in light colours, whatever is on the screen.
const scheme = 'data-mantine-color-scheme';
let onScreen: string | null = null;
addEventListener('beforeprint', () => { onScreen = document.documentElement.getAttribute(scheme); document.documentElement.setAttribute(scheme, 'light'); });
addEventListener('afterprint', () => { if (onScreen) document.documentElement.setAttribute(scheme, onScreen); });

createRoot(document.getElementById('root')!).render(<StrictMode><App /></StrictMode>);
