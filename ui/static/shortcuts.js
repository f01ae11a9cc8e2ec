// Keys: ? help, / search, n new, j and k neighbours, Ctrl S save.
const typing = element => element.closest?.('input, textarea, select, [contenteditable]');

document.addEventListener('keydown', event => {
  if ((event.ctrlKey || event.metaKey) && event.key === 's') {
    const save = document.querySelector('[data-save]');
    if (!save) return;
    event.preventDefault();
    save.form.requestSubmit(save);
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector('dialog[open]')) return;
  if (event.key === '?') document.getElementById('shortcuts')?.showModal();
  else if (event.key === '/') document.querySelector('[data-search]')?.focus();
  else if (/^[a-z]$/.test(event.key)) document.querySelector(`a[data-key="${event.key}"]`)?.click();
  else return;
  event.preventDefault();
});
