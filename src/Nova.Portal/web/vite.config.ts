import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Built files name each other relatively, so that the portal works under any path; the server puts that path into index.html.
export default defineConfig(({ command }) => ({
  base: command === 'build' ? './' : '/portal/',
  plugins: [react()],
  html: { cspNonce: '__NONCE__' },
  build: {
    target: 'es2022',
    // A file inlined as a data: URL would need a looser policy than ours.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  // npm run dev, beside a Nova on its usual port.
  server: { port: 5173, proxy: { '/v1': process.env.NOVA ?? 'http://127.0.0.1:5080' } },
}));
