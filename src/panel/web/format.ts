/** Ages, times and numbers in the page's language. */
import { computed } from 'vue';
import { useI18n } from 'vue-i18n';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

export function useFormat() {
  const { t, locale } = useI18n();
  const tag = computed(() => (locale.value === 'zh' ? 'zh-CN' : 'en-GB'));
  const clock = computed(
    () =>
      new Intl.DateTimeFormat(tag.value, {
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
        hourCycle: 'h23',
      }),
  );
  const whole = computed(() => new Intl.NumberFormat(tag.value, { maximumFractionDigits: 0 }));
  const percent = computed(() => new Intl.NumberFormat(tag.value, { style: 'percent' }));

  return {
    /** One unit, so that an age is read at a glance: 42 s, 9 min, 2 h, 3 d. A time ahead of now has none. */
    age(givenMs: number): string {
      const ms = Math.max(0, givenMs);
      if (ms < minuteMs) return t('age.seconds', { n: Math.floor(ms / secondMs) });
      if (ms < 2 * hourMs) return t('age.minutes', { n: Math.floor(ms / minuteMs) });
      if (ms < 2 * dayMs) return t('age.hours', { n: Math.floor(ms / hourMs) });
      return t('age.days', { n: Math.floor(ms / dayMs) });
    },
    time: (wallMs: number) => clock.value.format(wallMs),
    number: (value: number) => whole.value.format(value),
    share: (value: number) => percent.value.format(value),
  };
}
