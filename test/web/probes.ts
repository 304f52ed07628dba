/** What a test asks of the drawn page. Each function runs in the browser and uses nothing from outside itself. */

/** Opens everything that is folded. */
export function unfold(): Promise<void> {
  for (const summary of document.querySelectorAll<HTMLElement>('details:not([open]) summary')) {
    summary.click();
  }
  return new Promise((drawn) => requestAnimationFrame(() => drawn()));
}

/** Every text a person or a screen reader can come to, with titles and labels. */
export function textsOfPage(): string[] {
  const texts: string[] = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement?.closest('script, noscript')) continue;
    texts.push(node.textContent ?? '');
  }
  for (const element of document.querySelectorAll('[title], [aria-label]')) {
    texts.push(element.getAttribute('title') ?? '', element.getAttribute('aria-label') ?? '');
  }
  return texts.map((text) => text.replace(/\s+/g, ' ').trim()).filter((text) => text !== '');
}

/**
 * Texts and marks that stand out too little from what is behind them: below 4.5:1 for text of any size, 3:1 for
 * marks (WCAG 2.2, 1.4.3 and 1.4.11). Where the page is drawn grey, grey is what is measured.
 */
export function faintParts(): string[] {
  type Colour = readonly [number, number, number, number];

  function coloursIn(css: string): Colour[] {
    return [...css.matchAll(/rgba?\(([^)]+)\)/g)].map(([, parts = '']) => {
      const [r = 0, g = 0, b = 0, a = 1] = parts.split(/[ ,/]+/).map(Number);
      return [r, g, b, a];
    });
  }

  function backgroundsOf(element: Element): Colour[] {
    for (let at: Element | null = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      const drawn = coloursIn(style.backgroundImage);
      if (drawn.length > 0) return drawn;
      const [plain] = coloursIn(style.backgroundColor);
      if (!plain) throw new Error(`a background that is no colour: ${style.backgroundColor}`);
      if (plain[3] === 1) return [plain];
      if (plain[3] !== 0) throw new Error(`a translucent background: ${style.backgroundColor}`);
    }
    return [[255, 255, 255, 1]];
  }

  function greyed([r, g, b, a]: Colour): Colour {
    const grey = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    return [grey, grey, grey, a];
  }

  function luminance([r, g, b]: Colour): number {
    const linear = (part: number) =>
      part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4;
    return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  }

  function ratio(one: Colour, other: Colour): number {
    const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  }

  function worstRatio(element: Element): number {
    const [ink] = coloursIn(getComputedStyle(element).color);
    if (ink?.[3] !== 1) throw new Error('an ink that is no plain colour');
    const isGrey = element.closest('.lost') !== null;
    return Math.min(
      ...backgroundsOf(element).map((ground) =>
        isGrey ? ratio(greyed(ink), greyed(ground)) : ratio(ink, ground),
      ),
    );
  }

  function isSeen(element: Element): boolean {
    return element.checkVisibility() && element.closest('.visually-hidden, noscript') === null;
  }

  const faint: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent?.trim() ?? '';
    const element = node.parentElement;
    if (text === '' || !element || !isSeen(element)) continue;
    const found = worstRatio(element);
    if (found < 4.5) faint.push(`${found.toFixed(2)} ${element.className} "${text}"`);
  }
  for (const mark of document.querySelectorAll('svg.shape')) {
    if (!isSeen(mark)) continue;
    const found = worstRatio(mark);
    if (found < 3) faint.push(`${found.toFixed(2)} mark in "${mark.parentElement?.textContent}"`);
  }
  return faint;
}

/** Elements wider than what they stand in: text that runs out of its box or pushes the page sideways. */
export function overflowingParts(): string[] {
  const root = document.documentElement;
  const wide = root.scrollWidth > root.clientWidth ? [`page ${root.scrollWidth}`] : [];
  for (const element of document.querySelectorAll('body *')) {
    const style = getComputedStyle(element);
    if (style.display === 'inline' || element.closest('.visually-hidden, svg')) continue;
    const isCut = style.textOverflow === 'ellipsis' || style.webkitLineClamp !== 'none';
    if (!isCut && element.scrollWidth > element.clientWidth + 1) {
      wide.push(`${element.tagName} ${element.className} ${element.textContent?.slice(0, 40)}`);
    }
  }
  return wide;
}

interface Sign {
  /** What kind of thing it tells the state of. */
  readonly of: string;
  readonly colours: string;
  /** The drawing of its mark; empty where it has none. */
  readonly shape: string;
  readonly words: string;
}

/** Everything that bears a colour of its own, with the shape and the words beside the colour. */
export function colouredSigns(): Sign[] {
  const kinds = {
    lane: '.state',
    disposition: '.decision:not(.past) .disposition',
    reason: '.reasons li',
    device: '.devices li',
    source: '.status .chip',
    digit: '.digit',
    outcome: 'td.outcome',
    centre: 'td.centre',
  };
  return Object.entries(kinds).flatMap(([of, selector]) =>
    [...document.querySelectorAll(selector)].map((element) => {
      const mark = element.querySelector('svg.shape');
      const { color, backgroundColor } = getComputedStyle(element);
      return {
        of,
        colours: `${backgroundColor} ${color} ${mark ? getComputedStyle(mark).color : ''}`,
        shape: mark?.innerHTML ?? '',
        words: element.textContent?.trim() ?? '',
      };
    }),
  );
}

/** Of the element that has the focus: its name, and the outline that shows it. */
export function focusRing(): { readonly name: string; readonly outline: string } {
  const element = document.activeElement;
  if (!element || element === document.body) return { name: '', outline: '' };
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
  return {
    name: element.textContent?.replace(/\s+/g, ' ').trim() ?? '',
    outline: `${outlineStyle} ${outlineWidth} ${outlineColor}`,
  };
}
