// A relation's box searches as one types: ARIA APG "combobox with list
// autocomplete". data-url answers a page with [data-option] elements.
let serial = 0;

function setUp(box) {
  const input = box.querySelector('[data-text]');
  if (!box.dataset.url || input.role === 'combobox') return;
  input.removeAttribute('list');
  Object.assign(input, { role: 'combobox', autocomplete: 'off' });
  const list = document.createElement('div');
  Object.assign(list, { id: 'options-' + ++serial, className: 'menu listbox', role: 'listbox', hidden: true });
  list.setAttribute('aria-label', input.getAttribute('aria-label') || input.labels?.[0]?.textContent.trim() || '');
  box.append(list);
  input.setAttribute('aria-controls', list.id);
  input.setAttribute('aria-expanded', 'false');
  input.setAttribute('aria-autocomplete', 'list');
  listen({ box, input, list, id: box.querySelector('[data-id]'), active: -1, chosen: input.value });
}

function listen(state) {
  const { box, input, list } = state;
  input.addEventListener('input', () => {
    clearTimeout(state.timer);
    state.timer = setTimeout(() => search(state), 150);
  });
  input.addEventListener('keydown', event => key(state, event));
  input.addEventListener('blur', () => close(state));
  list.addEventListener('pointerdown', event => event.preventDefault()); // keeps the focus in the box
  list.addEventListener('click', event => take(state, event.target.closest('[role="option"]')));
  box.querySelector('[data-find]')?.addEventListener('click', event => {
    event.preventDefault();
    input.focus();
    search(state);
  });
}

async function search(state) {
  state.pending?.abort();
  state.pending = new AbortController();
  const url = new URL(state.box.dataset.url, location.href);
  const typed = state.input.value.trim();
  url.searchParams.set('q', typed === state.chosen ? '' : typed);
  try {
    const answer = await fetch(url, { signal: state.pending.signal });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    show(state, [...page.querySelectorAll('[data-option]')]);
  } catch { /* a newer search, or no network: the typed text is posted as it is */ }
}

function show(state, found) {
  state.list.replaceChildren(...found.map((one, i) => {
    const row = document.createElement('div');
    Object.assign(row, { id: `${state.list.id}-${i}`, role: 'option' });
    row.dataset.value = one.dataset.option;
    row.dataset.text = one.dataset.text;
    const label = document.createElement('span');
    label.textContent = one.dataset.text;
    const sub = document.createElement('span');
    Object.assign(sub, { className: 'fade', textContent: one.dataset.sub || '' });
    row.append(label, sub);
    return row;
  }));
  if (!found.length) {
    const none = document.createElement('p');
    none.textContent = state.box.dataset.none;
    state.list.append(none);
  }
  state.list.hidden = false;
  state.input.setAttribute('aria-expanded', 'true');
  choose(state, found.length ? 0 : -1);
}

function choose(state, index) {
  const rows = [...state.list.querySelectorAll('[role="option"]')];
  state.active = rows.length && index >= 0 ? index % rows.length : -1;
  rows.forEach((row, i) => row.setAttribute('aria-selected', String(i === state.active)));
  if (state.active >= 0) {
    state.input.setAttribute('aria-activedescendant', rows[state.active].id);
    rows[state.active].scrollIntoView({ block: 'nearest' });
  } else state.input.removeAttribute('aria-activedescendant');
}

function key(state, event) {
  const rows = state.list.querySelectorAll('[role="option"]');
  if (event.key === 'ArrowDown' && state.list.hidden) search(state);
  else if (event.key === 'ArrowDown') choose(state, state.active + 1);
  else if (event.key === 'ArrowUp' && !state.list.hidden) choose(state, state.active > 0 ? state.active - 1 : rows.length - 1);
  else if (event.key === 'Enter' && !state.list.hidden && state.active >= 0) take(state, rows[state.active]);
  else if (event.key === 'Escape' && !state.list.hidden) close(state);
  else return;
  event.preventDefault();
}

function take(state, row) {
  if (!row) return;
  if ('many' in state.box.dataset) addTag(state, row);
  else {
    state.input.value = state.chosen = row.dataset.text;
    if (state.id) state.id.value = row.dataset.value;
  }
  state.input.dispatchEvent(new Event('input', { bubbles: true }));
  clearTimeout(state.timer);
  close(state);
}

// addTag puts a ticked box before the text box, as the server draws it.
function addTag(state, row) {
  const holder = state.box.closest('[data-tags]');
  const label = document.createElement('label');
  label.className = 'tag pick';
  const check = document.createElement('input');
  Object.assign(check, { type: 'checkbox', className: 'vh', name: holder.dataset.tags, value: row.dataset.value, checked: true });
  label.append(check, row.dataset.text);
  if (!holder.querySelector(`input[value="${CSS.escape(row.dataset.value)}"]`)) state.box.before(label);
  state.input.value = '';
}

function close(state) {
  state.list.hidden = true;
  state.input.setAttribute('aria-expanded', 'false');
  state.input.removeAttribute('aria-activedescendant');
}

const start = root => root.querySelectorAll('[data-combobox]').forEach(setUp);
start(document);
document.addEventListener('tessera:swap', event => start(event.detail));
