// Ctrl K: a dialog over the links of this page and what the server finds.
const dialog = document.getElementById('palette');
const input = dialog?.querySelector('input');
const list = dialog?.querySelector('[role="listbox"]');
let pending, timer, active = -1;

const options = () => [...list.querySelectorAll('[role="option"]')];

function open() {
  if (dialog.open) return;
  input.value = '';
  dialog.showModal();
  render([]);
}

// local are the links of the page: the sidebar, or the tiles of the home page.
function local(query) {
  const seen = new Set();
  return [...document.querySelectorAll('a[data-palette-item]')].flatMap(link => {
    const text = (link.querySelector('.trunc, b') || link).textContent.trim();
    if (seen.has(link.href) || !text.toLowerCase().includes(query)) return [];
    seen.add(link.href);
    return [{ text, sub: link.dataset.paletteItem, url: link.href, icon: link.querySelector('svg')?.cloneNode(true) }];
  });
}

function render(groups) {
  const query = input.value.trim().toLowerCase();
  const all = [{ title: list.dataset.goto, items: local(query) }, ...groups].filter(group => group.items.length);
  list.replaceChildren(...all.flatMap((group, g) => [
    make('div', { className: 'pal-h', textContent: group.title }),
    ...group.items.map((item, i) => option(item, query, `pal-${g}-${i}`)),
  ]));
  if (!all.length) list.append(make('p', { className: 'pal-none', textContent: list.dataset.none }));
  choose(all.length ? 0 : -1);
}

function make(name, properties) {
  return Object.assign(document.createElement(name), properties);
}

function option(item, query, id) {
  const link = make('a', { id, href: item.url, role: 'option', tabIndex: -1 });
  const glyph = make('span', { className: 'tile pi plain' });
  if (item.icon) glyph.append(item.icon);
  else glyph.textContent = item.text.slice(0, 1).toUpperCase();
  const words = make('span', {});
  const at = query ? item.text.toLowerCase().indexOf(query) : -1;
  if (at < 0) words.textContent = item.text;
  else words.append(item.text.slice(0, at), make('mark', { textContent: item.text.slice(at, at + query.length) }), item.text.slice(at + query.length));
  link.append(glyph, words, make('span', { className: 'fade trunc', textContent: item.sub || '' }));
  return link;
}

function choose(index) {
  const all = options();
  active = all.length ? (index + all.length) % all.length : -1;
  all.forEach((one, i) => one.setAttribute('aria-selected', String(i === active)));
  if (active >= 0) {
    input.setAttribute('aria-activedescendant', all[active].id);
    all[active].scrollIntoView({ block: 'nearest' });
  } else input.removeAttribute('aria-activedescendant');
}

async function search() {
  pending?.abort();
  const query = input.value.trim();
  if (!query) return;
  pending = new AbortController();
  const url = new URL(dialog.dataset.url, location.href);
  url.searchParams.set('q', query);
  try {
    const answer = await fetch(url, { signal: pending.signal });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    render([...page.querySelectorAll('[data-group]')].map(group => ({
      title: group.dataset.group,
      items: [...group.querySelectorAll('[data-option]')].map(one => ({
        text: one.dataset.text, sub: one.dataset.sub,
        url: new URL(one.querySelector('a')?.getAttribute('href') || '#', answer.url).href,
        icon: one.querySelector('svg')?.cloneNode(true),
      })),
    })));
  } catch { /* a newer search, or no network: the page's own links stay */ }
}

if (dialog) {
  document.addEventListener('click', event => {
    if (event.target === dialog) dialog.close();
    if (!event.target.closest('a[data-palette]') || event.ctrlKey || event.metaKey || event.button) return;
    event.preventDefault();
    open();
  });
  document.addEventListener('keydown', event => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      open();
    }
  });
  input.addEventListener('input', () => {
    render([]);
    clearTimeout(timer);
    timer = setTimeout(search, 150);
  });
  input.addEventListener('keydown', event => {
    if (event.key === 'ArrowDown') choose(active + 1);
    else if (event.key === 'ArrowUp') choose(active - 1);
    else if (event.key === 'Enter' && active >= 0) {
      if (event.ctrlKey || event.metaKey) window.open(options()[active].href);
      else options()[active].click();
    } else return;
    event.preventDefault();
  });
}
