import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// `npm run dev` serves only the page; everything else is the server's.
const server = 'http://127.0.0.1:8080';

export default defineConfig({
  base: '/chat/',
  plugins: [react()],
  build: {
    // The official SDK is one file of 600 kB. It is loaded after the login screen is up.
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      // Its protobuf library looks for Node's `require` through eval, and does without.
      checks: { eval: false },
    },
  },
  server: {
    proxy: {
      '/websocket': { target: server, ws: true },
      // The REST API lives below /{org}/{app}; the page and Vite's own files below /chat/.
      '^/(?!chat/)[^/]+/[^/]+/': { target: server },
    },
  },
});
