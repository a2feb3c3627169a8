import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  build: {
    // the hub's policy lets nothing be inlined but images
    assetsInlineLimit: 0,
    // the code is in the repository; a map would only make the page's folder three times as large
    sourcemap: false,
  },
  server: { proxy: { '/api': process.env['HILUM_HUB_URL'] ?? 'http://127.0.0.1:8080' } },
});
