/** Language of the page: Chinese first; the choice is kept in this browser. */
import { createI18n } from 'vue-i18n';
import { en } from './text/en.ts';
import type { Language } from './text/language.ts';
import { zh } from './text/zh.ts';

const storageKey = 'kakou.language';

function storedLanguage(): Language {
  try {
    return localStorage.getItem(storageKey) === 'en' ? 'en' : 'zh';
  } catch {
    // Storage may be forbidden; the page works without it.
    return 'zh';
  }
}

export const i18n = createI18n({
  legacy: false,
  locale: storedLanguage(),
  fallbackLocale: 'zh',
  messages: { zh, en },
});

function markDocument(language: Language): void {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  document.title = i18n.global.t('title');
}

markDocument(storedLanguage());

export function chooseLanguage(language: Language): void {
  i18n.global.locale.value = language;
  markDocument(language);
  try {
    localStorage.setItem(storageKey, language);
  } catch {
    // Not kept, but chosen.
  }
}
