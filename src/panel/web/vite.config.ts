import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

/** Run from the repository root. The base is relative so that the page works behind any path prefix. */
export default defineConfig({
  root: 'src/panel/web',
  base: './',
  plugins: [vue()],
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  build: {
    outDir: '../../../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    // The page's policy allows no data addresses, so nothing may be inlined.
    assetsInlineLimit: 0,
  },
});
