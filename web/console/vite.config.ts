import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// `npm run dev` serves only the page; everything else is the server's.
const server = 'http://127.0.0.1:8080';

export default defineConfig({
  base: '/console/',
  plugins: [react()],
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
    proxy: { '/console/api': { target: server } },
  },
});
