import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

// `npm run dev` serves only the page; everything else is the server's.
const server = 'http://127.0.0.1:8080';

/** Packs scripts and styles once, here, so that the server need not for each browser. */
const pack = (): Plugin => ({
  name: 'pack',
  apply: 'build',
  writeBundle({ dir = 'dist' }) {
    for (const file of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
      if (/\.(js|css)$/.test(file)) writeFileSync(join(dir, `${file}.gz`), gzipSync(readFileSync(join(dir, file)), { level: 9 }));
    }
  },
});

export default defineConfig({
  base: '/console/',
  plugins: [react(), pack()],
  resolve: { tsconfigPaths: true },
  build: {
    // echarts, loaded by the pages that draw.
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // Stays in the browser's cache when our own code changes.
          groups: [{ name: 'vendor', test: /node_modules[\\/](react|react-dom|scheduler|react-router|@tanstack)[\\/]/ }],
        },
      },
    },
  },
  server: {
    proxy: { '^/(?!console/)|^/console/api/': { target: server } },
  },
});
