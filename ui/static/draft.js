// A form that is being written. Buttons and selects with data-part="#id" post it and
// replace that element by the same one of the page that answers; a form with
// data-preview is posted a moment after each change, and everything that says
// data-previewed is replaced. Nothing is saved that way: such posts only draw the page.
const moment = 300; // ms
const pending = new WeakMap(); // form → the request under way: a newer one cancels it

async function redraw(form, extra, part) {
  pending.get(form)?.abort();
  const control = new AbortController();
  pending.set(form, control);
  const body = new URLSearchParams(new FormData(form));
  for (const [name, value] of extra) body.append(name, value);
  const parts = [...document.querySelectorAll('[data-previewed]')];
  const target = part && document.querySelector(part);
  if (target) parts.unshift(target);
  for (const element of parts) element.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(form.action, { method: 'POST', body, signal: control.signal, headers: { Accept: 'text/html' } });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (target && !page.querySelector(part)) return false;
    for (const element of parts) if (element.isConnected) replace(element, page.getElementById(element.id));
    return true;
  } catch (error) {
    return error.name === 'AbortError';
  } finally {
    for (const element of parts) element.removeAttribute('aria-busy');
  }
}

function replace(old, fresh) {
  if (!fresh) return;
  const focused = old.contains(document.activeElement) ? selector(document.activeElement) : '';
  const open = [...old.querySelectorAll('details[id][open]')].map(one => one.id);
  old.replaceWith(fresh);
  for (const id of open) document.getElementById(id)?.setAttribute('open', '');
  const element = fresh.querySelector('[autofocus]') || focused && fresh.querySelector(focused);
  if (element) element.focus({ preventScroll: true });
  else if (focused) Object.assign(fresh, { tabIndex: -1 }).focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent('tessera:swap', { detail: fresh }));
}

// selector finds an element again in the fresh copy: by id, or by name and value.
function selector(element) {
  if (element.id) return '#' + CSS.escape(element.id);
  if (!element.name) return '';
  const value = element.matches('button, [type=radio], [type=checkbox]') ? `[value="${CSS.escape(element.value)}"]` : '';
  return `[name="${CSS.escape(element.name)}"]${value}`;
}

// press draws a part again. One waits for the one before, so that none is lost, and what
// is typed meanwhile does not cancel it: its answer shows the previews too.
const timers = new WeakMap();
const presses = new WeakMap(); // form → the last press under way

async function press(form, extra, part) {
  clearTimeout(timers.get(form));
  const before = presses.get(form);
  const mine = (async () => {
    await before;
    const now = form.isConnected ? form : document.getElementById(form.id);
    return now ? redraw(now, extra, part) : false;
  })();
  presses.set(form, mine);
  try {
    return await mine;
  } finally {
    if (presses.get(form) === mine) presses.delete(form);
  }
}

document.addEventListener('click', async event => {
  const button = event.target.closest('button[type=submit][data-part]');
  if (!button?.form || event.defaultPrevented) return;
  event.preventDefault();
  const form = button.form;
  if (!await press(form, [[button.name, button.value]], button.dataset.part) && button.isConnected) {
    button.removeAttribute('data-part'); // the plain way, once
    form.requestSubmit(button);
  }
});

document.addEventListener('change', event => {
  const { part, press: name } = event.target.dataset;
  if (part && event.target.form) press(event.target.form, [[name || '_preview', '1']], part);
});

function later(form) {
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(() => {
    if (presses.has(form)) later(form);
    else if (form.isConnected) redraw(form, [['_preview', '1']]);
  }, moment));
}

document.addEventListener('input', event => {
  const form = event.target.closest?.('form[data-preview]');
  if (form && !event.target.dataset.part) later(form);
});
