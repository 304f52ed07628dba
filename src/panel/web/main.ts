import { createApp } from 'vue';
import GatePage from './gate-page.vue';
import { i18n } from './i18n.ts';
import './styles.css';

createApp(GatePage).use(i18n).mount('#app');
