// Links and GET forms with data-swap="#id" replace that element by the same
// element of the page they lead to. Anything unexpected becomes a plain visit.
let current; // the request under way: a newer one cancels it

async function swap(url, selector, push) {
  const target = document.querySelector(selector);
  if (!target) return void location.assign(url);
  current?.abort();
  current = new AbortController();
  target.setAttribute('aria-busy', 'true');
  let page;
  try {
    const answer = await fetch(url, { signal: current.signal, headers: { Accept: 'text/html' } });
    if (!answer.ok) return void location.assign(url);
    page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    url = answer.url;
  } catch (error) {
    if (error.name !== 'AbortError') location.assign(url);
    return;
  }
  const fresh = page.querySelector(selector);
  if (!fresh) return void location.assign(url);
  const focused = target.contains(document.activeElement) ? path(document.activeElement) : '';
  const caret = document.activeElement?.selectionStart;
  target.replaceWith(fresh);
  if (push) history.pushState({ swap: selector }, '', url);
  document.title = page.title;
  refocus(fresh, focused, caret);
  announce(fresh);
  document.dispatchEvent(new CustomEvent('tessera:swap', { detail: fresh }));
}

// path finds an element again in the fresh copy: by id, by name, or by its words.
function path(element) {
  if (element.id) return '#' + CSS.escape(element.id);
  if (element.name) return `[name="${CSS.escape(element.name)}"]`;
  const label = element.getAttribute('aria-label');
  return label ? `[aria-label="${CSS.escape(label)}"]` : '';
}

function refocus(fresh, selector, caret) {
  if (!selector) return;
  const element = fresh.querySelector(selector) || fresh;
  if (element === fresh) fresh.tabIndex = -1;
  element.focus({ preventScroll: true });
  if (caret != null && element.setSelectionRange && element.type !== 'checkbox') element.setSelectionRange(caret, caret);
}

function announce(fresh) {
  const live = document.querySelector('[data-live]');
  const words = fresh.querySelector('.list-f > span, .empty h2');
  if (live && words) live.textContent = words.textContent;
}

document.addEventListener('click', event => {
  const link = event.target.closest('a[data-swap]');
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  swap(link.href, link.dataset.swap, true);
});

document.addEventListener('submit', event => {
  const form = event.target;
  if (!form.matches('form[data-swap]') || form.method !== 'get') return;
  event.preventDefault();
  const url = new URL(form.action || location.href);
  url.search = new URLSearchParams([...new FormData(form, event.submitter)].filter(([, value]) => value !== ''));
  swap(url.href, form.dataset.swap, true);
});

addEventListener('popstate', event => {
  if (event.state?.swap) swap(location.href, event.state.swap, false);
  else location.reload();
});
